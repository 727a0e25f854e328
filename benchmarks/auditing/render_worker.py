"""Render pairs of templates with stock Jinja, in a process of its own.

Reads a JSON list of pairs on stdin, writes a JSON list of findings on stdout. Run it with
``python -m benchmarks.auditing.render_worker SECONDS``, SECONDS being what one rendering may take.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import sys
import zlib
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from benchmarks.auditing.code import environment_for

MEMORY = 2 * 1024**3
CONTEXTS = ("full", "empty", "mixed one", "mixed two", "trimmed")

_ROLES = ("system", "user", "assistant", "user")


class Made(str):
    """A made-up value: text, list, mapping, number and function at once."""

    name: str
    mode: str
    owner: Made | None
    words: list[str]

    @classmethod
    def make(cls, name: str, mode: str, words: list[str], owner: Made | None = None) -> Made:
        """A value for *name*; in mixed contexts it may be one of the *words* that tests ask for."""
        seed = _seed(name, mode)
        text = f"the {name.replace('_', ' ')}"
        if mode.startswith("mixed") and words and seed % 2:
            text = words[seed // 2 % len(words)]
        made = cls(text)
        made.name, made.mode, made.words, made.owner = name, mode, words, owner
        return made

    def child(self, key: object) -> Made:
        """The value behind an attribute, a key or an index."""
        return Made.make(f"{self.name} {key}", self.mode, self.words, self)

    @property
    def choice(self) -> int:
        return 1 if self.mode in ("full", "trimmed") else _seed(self.name, self.mode)

    def __iter__(self) -> Any:
        return iter([self.child(at) for at in range(self.choice % 3 + 1)])

    def __len__(self) -> int:
        return self.choice % 3 + 1

    def __bool__(self) -> bool:
        return bool(self.choice % 2)

    def __contains__(self, other: object) -> bool:
        return bool(self.choice % 2)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self.child(0)]
        return self.child(key)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        called = self.name.rpartition(" ")[2]
        if called == "items":
            return [("first", self.child("first")), ("second", self.child("second"))]
        if self.owner is not None and hasattr(str, called) and called != "format":
            return getattr(str, called)(str.__str__(self.owner), *args, **kwargs)
        return self.child("result")

    def __index__(self) -> int:
        return self.choice % 3 + 1

    __int__ = __index__

    def __float__(self) -> float:
        return float(self.__index__())

    def __round__(self, digits: int | None = None) -> float:
        return round(self.__float__(), digits)

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | float):
            return bool(self.choice % 2)
        return str.__eq__(self, other) if isinstance(other, str) else False

    def __lt__(self, other: Any) -> bool:
        return bool(self.choice % 2)

    __gt__ = __le__ = __ge__ = __lt__

    def __add__(self, other: Any) -> Any:
        return str.__add__(self, other) if isinstance(other, str) else self.__index__() + other

    def __radd__(self, other: Any) -> Any:
        return other + (str.__str__(self) if isinstance(other, str) else self.__index__())

    def __sub__(self, other: Any) -> Any:
        return self.__index__() - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.__index__()

    def __mul__(self, other: Any) -> Any:
        return self.__index__() * other

    __rmul__ = __mul__

    def __mod__(self, other: Any) -> Any:
        return self.__index__() % other if isinstance(other, int) else str(self)

    def __truediv__(self, other: Any) -> Any:
        return self.__index__() / other

    def __floordiv__(self, other: Any) -> Any:
        return self.__index__() // other


def _seed(*parts: str) -> int:
    return zlib.crc32("/".join(parts).encode())


class _Environment(SandboxedEnvironment):
    """A sandbox that asks made-up values for their children first."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj.child(attribute) if isinstance(obj, Made) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return obj[argument] if isinstance(obj, Made) else super().getitem(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, Made) or super().is_safe_callable(obj)


class TooSlow(Exception):  # noqa: N818 - a signal, not an error of the template
    """A rendering ran past its time."""


def _ring(*_: object) -> None:
    raise TooSlow


def environment(sources: list[str], files: dict[str, str], *, trim: bool) -> _Environment:
    """A sandbox that knows every filter, test and tag that *sources* name, the unknown as stubs."""
    joined = "\n".join(sources)
    unknown = environment_for(joined, trim=trim)
    made = _Environment(
        loader=jinja2.DictLoader(files),
        extensions=[type(each) for each in unknown.extensions.values()],
        trim_blocks=trim,
        lstrip_blocks=trim,
        undefined=jinja2.ChainableUndefined,
        keep_trailing_newline=True,
        cache_size=0,
    )
    for source in sources:
        tree = made.parse(source)
        for each in tree.find_all(nodes.Filter):
            made.filters.setdefault(each.name, _first)
        for test in tree.find_all(nodes.Test):
            made.tests.setdefault(test.name, lambda *_: False)
    return made


def _first(value: Any, *_: Any, **__: Any) -> Any:
    return value


def context(sources: list[str], made: _Environment, mode: str) -> dict[str, Any]:
    """A value for every name that *sources* ask for; none at all in the empty context."""
    if mode == "empty":
        return {}
    names: set[str] = set()
    words: set[str] = set()
    for source in sources:
        tree = made.parse(source)
        names |= meta.find_undeclared_variables(tree)
        for compared in tree.find_all(nodes.Compare):
            words |= {c.value for c in compared.find_all(nodes.Const) if isinstance(c.value, str)}
    found: dict[str, Any] = {name: Made.make(name, mode, sorted(words)) for name in sorted(names)}
    if "messages" in found:
        found["messages"] = [{"role": r, "content": f"turn {at}"} for at, r in enumerate(_ROLES)]
    return found


def rendered(name: str, made: _Environment, values: dict[str, Any]) -> tuple[str, str]:
    """The rendering, or the name of the error that there was instead."""
    random.seed(0)
    signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
    try:
        return "", made.get_template(name).render(values)
    except Exception as error:  # noqa: BLE001 - a template may raise anything at all
        return type(error).__name__, ""
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def pair(name: str, before: dict[str, str], after: dict[str, str]) -> dict[str, Any]:
    """Render one template from its source and from its output, in every context."""
    shown, different = 0, []
    sources = [before[name], *(text for key, text in before.items() if key != name)]
    for mode in CONTEXTS:
        trim = mode == "trimmed"
        try:
            one = environment(sources, before, trim=trim)
            values = context(sources, one, mode)
            two = environment(list(after.values()), after, trim=trim)
        except (jinja2.TemplateError, RecursionError):
            continue
        error, old = rendered(name, one, values)
        failed, new = rendered(name, two, values)
        shown += not error
        if error != failed or old != new:
            different.append([mode, error, old, failed, new])
    return {"rendered": shown, "different": different}


def main() -> None:
    """Answer one list of pairs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _ring)
    pairs = json.load(sys.stdin)
    json.dump([pair(each["name"], each["before"], each["after"]) for each in pairs], sys.stdout)


if __name__ == "__main__":
    main()
