"""What a program renders compiled templates with: Jinja, and the filter ``compress``.

Unlike everything else in promptc this renders outside of the sandbox: the templates of a build are
the program's own code.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptc import compressing, generation
from promptc.budget import Budget
from promptc.building import lock, manifest
from promptc.building.manifest import Manifest
from promptc.errors import ConfigError, PromptcError, TemplateError
from promptc.files import FRONT_MATTER
from promptc.ir import Comment
from promptc.options import Options
from promptc.parse import parse
from promptc.paths import display
from promptc.source import Source
from promptc.syntax import Syntax, options

if TYPE_CHECKING:
    from jinja2 import Environment

_OPTIONS = Options()


def load(folder: str | Path = "build") -> Environment:
    """Make a Jinja environment that renders the templates of the build in *folder*.

    Templates are read as the build read them, and as they were at this call: load again after a
    build. The filter ``compress(rate=, tokens=, query=, model=)`` shortens a text, or a list of
    documents, as `promptc.compress` does; its model is the one that the build was for. Raises
    `PromptcError` where there is no build or where it was changed by hand.
    """
    from jinja2 import Environment, FunctionLoader

    out = Path(folder)
    listed = manifest.read(out)
    read = _Files(_contents(out, listed)).read
    syntax, model = _syntax(listed), lock.read(out).model
    # Prompts are text, not HTML: nothing is escaped.
    env = Environment(loader=FunctionLoader(read), autoescape=False, **options(syntax))
    if "i18n" in syntax.extensions:
        env.install_null_translations()  # type: ignore[attr-defined]
    env.filters["compress"] = _filter(model)
    return env


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
