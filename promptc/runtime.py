"""What a program renders compiled templates with: Jinja, ``retrieve`` and the filter ``compress``.

Unlike everything else in promptc this renders outside of the sandbox: the templates of a build are
the program's own code. What is retrieved is not: it is data, and never read as a template.
"""

from __future__ import annotations

import asyncio
import functools
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from promptc import compressing, generation
from promptc.budget import Budget
from promptc.building import lock, manifest
from promptc.building.manifest import Manifest
from promptc.compressors.embedded import Shipped
from promptc.errors import ConfigError, IndexFileError, InputError, PromptcError, TemplateError
from promptc.errors import nearest as nearest_names
from promptc.files import FRONT_MATTER
from promptc.ir import Comment
from promptc.options import Options
from promptc.outlining.bringing import Limits, bring
from promptc.outlining.shelf import FOLDER
from promptc.parse import parse
from promptc.paths import display
from promptc.protocols import Tokenizer
from promptc.rendering.calls import TOKENS, K
from promptc.source import Source
from promptc.syntax import Syntax, options
from promptc.tokens import get_tokenizer

if TYPE_CHECKING:
    from jinja2 import Environment

    from promptc.retrieval import Index

_OPTIONS = Options()
_NONE: Mapping[str, str | Path] = MappingProxyType({})


def load(
    folder: str | Path = "build",
    *,
    enable_async: bool = False,
    indexes: Mapping[str, str | Path] = _NONE,
    tokenizer: Path | None = None,
) -> Environment:
    """Make a Jinja environment that renders the templates of the build in *folder*.

    Templates and indexes are read as they were at this call, so the folder may be moved, deleted
    or built again meanwhile: load again after a build. The function ``retrieve(name, query=, k=,
    tokens=)`` gives the passages of a document that answer a question. The filter
    ``compress(rate=, tokens=, query=, model=)`` shortens a text, or a list of documents, as
    `promptc.compress` does. Both count tokens of the model that the build was for; *tokenizer* is
    its file where the build had one. *indexes* adds documents by name: folders that
    ``promptc index`` wrote. With *enable_async* templates are rendered by ``render_async``, and
    neither blocks the event loop.

    Raises `PromptcError` where there is no build or where it was changed by hand, `IndexFileError`
    where an index can't be used.
    """
    from jinja2 import Environment, FunctionLoader

    out = Path(folder)
    listed = manifest.read(out)
    read = _Files(_contents(out, listed)).read
    syntax, model = _syntax(listed), lock.read(out).model
    # Prompts are text, not HTML: nothing is escaped.
    env = Environment(
        loader=FunctionLoader(read),
        autoescape=False,
        enable_async=enable_async,
        **options(syntax),
    )
    if "i18n" in syntax.extensions:
        env.install_null_translations()  # type: ignore[attr-defined]
    count = functools.cache(lambda: get_tokenizer(model, tokenizer_file=tokenizer))
    answers = _Answers(_opened(out, listed, indexes), count)
    ready = _awaited if enable_async else _as_it_is
    env.filters["compress"] = ready(_filter(model))
    env.globals["retrieve"] = ready(answers.retrieve)
    for name in list(answers.indexes)[:1]:
        # What models and vocabularies take to load is spent now, not on the first question.
        answers.retrieve(name, "a question", k=1, tokens=40)
    return env


@dataclass(frozen=True)
class _Answers:
    """The documents that can be asked, by name, and how tokens are counted, once they are."""

    indexes: Mapping[str, Index]
    tokenizer: Callable[[], Tokenizer]

    def retrieve(self, name: str, query: Any = None, k: int = K, tokens: int = TOKENS) -> str:
        """The passages of document *name* that answer *query*, as a model reads them."""
        from jinja2 import Undefined

        index = self.indexes.get(name)
        if index is None:
            known = nearest_names(str(name), self.indexes) if self.indexes else "the build has none"
            raise InputError(f"retrieve: no document is called {name!r}; {known}")
        if query is None or isinstance(query, Undefined):
            raise InputError(f"retrieve({name!r}): the query has no value; give the template one")
        for what, value in (("k", k), ("tokens", tokens)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(
                    f"retrieve({name!r}): {what} must be a whole number from 1 up, not {value!r}"
                )
        return bring(index, str(query), Limits(k, tokens), self.tokenizer(), Shipped()).text


def _opened(out: Path, listed: Manifest, more: Mapping[str, str | Path]) -> dict[str, Index]:
    """Every index of the build and of *more*, by the name of its document."""
    if not listed.indexes and not more:
        return {}
    from promptc.retrieval import Index

    home = manifest.folder(out, listed)
    found: dict[str, Index] = {}
    for name, digest in listed.indexes.items():
        try:
            found[name] = Index.open(home / FOLDER / digest)
        except IndexFileError as error:
            # The way to make this one again is not the one that the message ends with.
            why = str(error).rpartition("; ")[0] or str(error)
            raise IndexFileError(f"{why}; run `promptc build` again") from error
    for name, folder in more.items():
        if name in found:
            raise ConfigError(f"indexes: the build has a document {name!r}; choose another name")
        found[name] = Index.open(Path(folder))
    return found


def _as_it_is(call: Callable[..., Any]) -> Callable[..., Any]:
    return call


def _awaited(call: Callable[..., Any]) -> Callable[..., Any]:
    """*call* in another thread, so that an event loop goes on meanwhile."""

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(call, *args, **kwargs)

    return awaited


@dataclass(frozen=True)
class _Files:
    """The bytes of each template, by name."""

    contents: Mapping[str, bytes]

    def read(self, name: str) -> str | None:
        """The text of template *name*, which Jinja asks for; ``None`` where there is none."""
        data = self.contents.get(name, self.contents.get(posixpath.normpath(name)))
        if data is None:
            return None
        source = Source.decode(data, name)
        return (
            _without_front_matter(source)
            if Path(name).suffix.lower() in FRONT_MATTER
            else source.text
        )


def _contents(out: Path, listed: Manifest) -> dict[str, bytes]:
    home = manifest.folder(out, listed)
    found: dict[str, bytes] = {}
    for name, known in listed.files.items():
        data = generation.content(home / name)
        if data is None or manifest.sha256(data) != known:
            why = "not there" if data is None else "changed since promptc wrote it"
            raise PromptcError(f"{display(home / name)}: {why}; run `promptc build` again")
        found[name] = data
    return found


def _syntax(listed: Manifest) -> Syntax:
    try:
        given = {name: _read(value) for name, value in listed.jinja.items()}
        return Syntax(**given)
    except (ConfigError, TypeError) as error:
        raise PromptcError(
            f"manifest.json: damaged ({error}); run `promptc build` again"
        ) from error


def _read(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _without_front_matter(source: Source) -> str:
    try:
        first = parse(source, Syntax(front_matter=True)).leaves[:1]
    except TemplateError:
        return source.text
    front = first and isinstance(first[0], Comment) and first[0].text.startswith("---")
    return source.text[first[0].span.stop :] if front else source.text


def _filter(default: str) -> Callable[..., Any]:
    def compress(
        value: Any,
        rate: float | None = None,
        tokens: int | None = None,
        query: Any = "",
        model: str = default,
    ) -> Any:
        """Shorten *value*: a list of documents to a list, anything else as its text."""
        budget = Budget(rate=rate, tokens=tokens)
        many = isinstance(value, Sequence) and not isinstance(value, str)
        done = compressing.compress(
            list(value) if many else str(value),
            budget=budget,
            query=str(query),
            model=model,
            options=_OPTIONS,
        )
        return done.text if done.text is not None else list(done.documents or done.messages or ())

    return compress
