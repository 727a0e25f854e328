"""The sandboxed Jinja environment that templates render in: whatever it doesn't know is a stub."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from posixpath import normpath
from typing import Any

from jinja2 import (
    ChainableUndefined,
    DictLoader,
    TemplateRuntimeError,
    pass_context,
    pass_eval_context,
)
from jinja2.exceptions import SecurityError
from jinja2.filters import do_tojson
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from promptc.parse.tags import opaque_tags
from promptc.rendering.calls import marked
from promptc.rendering.generated import Mark

# A template that names one of these is rendered by a chat tokenizer, whose tojson escapes nothing.
CHAT = ("add_generation_prompt", "raise_exception", "strftime_now", "bos_token", "eos_token")


class Missing(ChainableUndefined):
    """A name without a value: prints as nothing, and so does what is taken from it.

    Called by its bare name it is a function that promptc doesn't know, and gives a mark.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(obj=self, name=name)

    def __getitem__(self, key: Any) -> Missing:  # type: ignore[override]
        return Missing(obj=self, name=str(key))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._undefined_obj is not missing:
            return self
        return Mark(self._undefined_name or "?", 1)(*args, **kwargs)


class Values(Context):
    """Looks names up; makes values up where the sample is a generated one."""

    def resolve_or_missing(self, key: str) -> Any:
        found = super().resolve_or_missing(key)
        level = self.environment.level  # type: ignore[attr-defined]
        return Mark(key, level) if found is missing and level is not None else found


class Stubs(dict[str, Callable[..., Any]]):
    """Jinja's filters or tests, and a stub for every other name."""

    def __init__(self, known: Mapping[str, Any], stub: Callable[[str], Callable[..., Any]]) -> None:
        super().__init__(known)
        self._stub = stub

    def __missing__(self, name: str) -> Callable[..., Any]:
        return self._stub(name)

    def get(self, name: Any, default: Any = None) -> Any:
        return self[name] if isinstance(name, str) else default


class Files(DictLoader):
    """Texts by name; a name that is not there is looked for without its ``./``."""

    def get_source(self, environment: Any, template: str) -> Any:
        known = template in self.mapping
        return super().get_source(environment, template if known else normpath(template))


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with made-up values where `level` says so, and nothing left to chance."""

    #: Number of the generated sample; ``None`` while a user's sample is rendered.
    level: int | None = None
    context_class = Values

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mark):
            return self._of(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mark):
            return self._of(obj, argument)
        return super().getitem(obj, argument)

    def _of(self, mark: Mark, key: Any) -> Any:
        if isinstance(key, str) and key.startswith("__"):
            return self.unsafe_undefined(mark, key)
        return mark[key]

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        raise SecurityError(
            f"access to attribute {attribute!r} of {type(obj).__name__!r} object is unsafe"
        )


def build(
    options: Mapping[str, Any],
    tags: Iterable[tuple[str, bool]],
    includes: Mapping[str, str],
    *,
    chat: bool,
) -> Environment:
    """Make an environment; *options* as `promptc.syntax.options` writes them."""
    settings = {**options, "extensions": [*options["extensions"], opaque_tags(frozenset(tags))]}
    env = Environment(
        **settings,
        loader=Files(includes),
        undefined=Missing,
        auto_reload=False,
        # Folding constants costs more than it saves in templates that render a few times.
        optimized=False,
    )
    if "jinja2.ext.i18n" in options["extensions"]:
        env.install_null_translations()  # type: ignore[attr-defined]
    filters: dict[str, Any] = {
        "random": _first,
        "default": _default,
        "d": _default,
        "items": _items,
        "compress": _compress,
    }
    filters["tojson"] = _chat_json if chat else _json
    env.filters = Stubs(env.filters | filters, _stub_filter)
    env.tests = Stubs(env.tests | _tests(env.tests), _stub_test)  # type: ignore[assignment]
    env.globals |= {
        "raise_exception": _raise, "strftime_now": _now, "lipsum": _lipsum,
        "zip": _zip, "enumerate": _enumerate, "len": len, "retrieve": _retrieve,
    }  # fmt: skip
    return env


def _stub_filter(name: str) -> Callable[..., Any]:
    def stub(value: Any, *args: Any, **kwargs: Any) -> Any:
        level = value.level if isinstance(value, Mark) else 1
        path = value.path if isinstance(value, Mark) else str(value)
        mark = Mark(f"{path}|{name}", level)
        return mark(*args, **kwargs) if args or kwargs else mark

    return stub


def _stub_test(name: str) -> Callable[..., bool]:
    return lambda value, *args, **kwargs: bool(value)


def _tests(known: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Tests that a mark passes in some samples and fails in others."""

    def on_marks(name: str, passes: Callable[[int], bool]) -> Callable[..., Any]:
        stock = known[name]
        return lambda value, *args: (
            passes(value.size) if isinstance(value, Mark) else stock(value, *args)
        )

    return {
        "defined": on_marks("defined", lambda size: size > 0),
        "undefined": on_marks("undefined", lambda size: size == 0),
        "none": on_marks("none", lambda size: size == 0),
        "string": on_marks("string", lambda size: size < 2),
        "mapping": on_marks("mapping", lambda size: size == 1),
    }


def _default(value: Any, default: Any = "", boolean: bool = False) -> Any:
    absent = isinstance(value, Undefined) or (isinstance(value, Mark) and not value)
    return default if absent or (boolean and not value) else value


def _items(value: Any) -> Any:
    return list(value.items()) if not isinstance(value, Undefined) else []


def _compress(value: Any, *args: Any, **kwargs: Any) -> Any:
    """Leave *value* as it is: no model is loaded where templates render unseen."""
    return value


def _retrieve(*args: Any, **kwargs: Any) -> Any:
    """Mark the call, for whoever has the index; one that is not promptc's is any other function."""
    try:
        return marked(*args, **kwargs)
    except TypeError:
        return Mark("retrieve", 1)(*args, **kwargs)


def _first(value: Any) -> Any:
    return next(iter(value), Missing("No random item, sequence was empty."))


@pass_eval_context
def _json(context: EvalContext, value: Any, indent: int | None = None, **layout: Any) -> str:
    """Write JSON as Jinja does, or as chat tokenizers do where only they know an argument."""
    if layout:
        return _chat_json(value, indent=indent, **layout)
    return do_tojson(context, value, indent)


def _chat_json(value: Any, ensure_ascii: bool = False, **layout: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, **layout)


@pass_context
def _raise(context: Context, message: Any = "") -> Any:
    level = context.environment.level  # type: ignore[attr-defined]
    if level is None:
        raise TemplateRuntimeError(str(message))
    return Mark("raise_exception", level)(message)


def _now(format: str = "%Y-%m-%d") -> str:
    """Write the day on which every template is rendered."""
    return datetime(2026, 1, 2).strftime(format)


def _lipsum(*args: Any, **kwargs: Any) -> str:
    return str(Mark("lipsum", 1)(*args, **kwargs))


def _zip(*iterables: Iterable[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*iterables, strict=False))


def _enumerate(iterable: Iterable[Any], start: int = 0) -> list[tuple[int, Any]]:
    return list(enumerate(iterable, start))
