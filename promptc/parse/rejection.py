"""What Jinja rejects, said with file, line, column and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from promptc.errors import TemplateError
from promptc.ir import Leaf, Output, Tag, Text
from promptc.source import Source, Span
from promptc.syntax import Syntax, environment

if TYPE_CHECKING:
    from jinja2 import Environment

_AT = re.compile(r" at (\d+)$")
_ENDS = {"variable_begin": "}}", "block_begin": "%}", "linestatement_begin": ")"}

#: What to do, by the beginning of Jinja's message.
_ADVICE = (
    ("Missing end of comment tag", "add '#}'"),
    ("Missing end of raw directive", "add {% endraw %}"),
    ("unexpected char", "quote it, or wrap text that is not Jinja in {% raw %} … {% endraw %}"),
    ("unexpected '", "close the brackets in the order they were opened"),
    ("expected token 'end of print statement'", "write one expression between '{{' and '}}'"),
    ("expected token 'end of statement block'", "write one expression, then '%}'"),
    ("Expected an expression", "write an expression between the delimiters"),
    ("unexpected end of template", "close what is open"),
    ("Unexpected end of template", "close the block that is open"),
)
_DEFAULT_ADVICE = (
    "correct the expression, or wrap text that is not Jinja in {% raw %} … {% endraw %}"
)


def tokens(here: Source, begin: int, syntax: Syntax) -> Iterator[tuple[str, str]]:
    """Jinja's raw tokens of the text from *begin*; raise `TemplateError` where it can't go on."""
    from jinja2 import TemplateSyntaxError

    text = here.text[begin:]
    opener, at, stop = "", 0, 0
    try:
        for _, kind, value in environment(syntax).lexer.tokeniter(text, here.name):
            start = text.index(value, stop)
            stop = start + len(value)
            if kind in _ENDS or kind in ("comment_begin", "raw_begin"):
                opener, at = kind, start
            elif kind.endswith("_end"):
                opener = ""
            yield kind, value
    except TemplateSyntaxError as error:
        message = error.message or "not valid Jinja"
        named = _AT.search(message)
        missing = message.startswith("Missing end")
        offset = int(named[1]) if named else at if missing else max(stop - 1, 0)
        where = here.locate(begin + min(offset, len(text)))
        raise TemplateError(f"{where}: {_AT.sub('', message)}; {_advice(message)}") from None
    if opener in _ENDS:
        shown = text[at : at + 2]
        raise TemplateError(
            f"{here.locate(begin + at)}: '{shown}' is never closed; add '{_ENDS[opener]}'"
        )


def validate(
    here: Source, span: Span, syntax: Syntax, unknown: Mapping[str, Tag], flat: Sequence[Leaf]
) -> None:
    """Raise `TemplateError` where Jinja's parser rejects the text in *span*."""
    from jinja2 import TemplateSyntaxError

    ended = {leaf.name[3:] for leaf in flat if isinstance(leaf, Tag) and leaf.name[:3] == "end"}
    names = frozenset((name, name in ended) for name in unknown)
    env = parser(syntax, names)
    try:
        env.parse(here.text[slice(*span)])
    except TemplateSyntaxError as error:
        leaf = _blamed(here, span, error.lineno, flat, env)
        where = here.locate(_start(leaf) if leaf else here.offset(error.lineno))
        message = error.message or "not valid Jinja"
        raise TemplateError(f"{where}: {message}; {_advice(message)}") from None
    except RecursionError:
        raise TemplateError(
            f"{here.name}:1:1: an expression is nested too deep for Jinja; "
            "take it apart with {% set %}"
        ) from None
    _defined_once(here, flat)


def _defined_once(here: Source, flat: Sequence[Leaf]) -> None:
    """Two blocks of one name parse, and fail when Jinja compiles them."""
    seen: dict[str, Tag] = {}
    for leaf in flat:
        words = leaf.text.split() if isinstance(leaf, Tag) and leaf.name == "block" else []
        if len(words) < 3:
            continue
        name = words[words.index("block") + 1] if "block" in words else ""
        if name in seen:
            line, _ = here.position(_start(seen[name]))
            raise TemplateError(
                f"{here.locate(_start(leaf))}: block '{name}' is defined twice, first in line "
                f"{line}; rename one, or show it again with {{{{ self.{name}() }}}}"
            )
        if name:
            seen[name] = leaf  # type: ignore[assignment]


def _blamed(
    here: Source, span: Span, line: int, flat: Sequence[Leaf], env: Environment
) -> Leaf | None:
    """The tag or hole of *line* that Jinja stumbled over."""
    line += here.position(span.start)[0] - 1
    touched = [leaf for leaf in flat if not isinstance(leaf, Text) and _on(here, leaf, line)]
    bad = [leaf for leaf in touched if isinstance(leaf, Output) and not _parses(leaf.text, env)]
    tags = [leaf for leaf in touched if isinstance(leaf, Tag)]
    return next(iter(bad or tags or touched), None)


def _on(here: Source, leaf: Leaf, line: int) -> bool:
    return here.position(_start(leaf))[0] <= line <= here.position(leaf.span.stop - 1)[0]


def _parses(text: str, env: Environment) -> bool:
    from jinja2 import TemplateSyntaxError

    try:
        env.parse(text)
    except TemplateSyntaxError:
        return False
    return True


def _start(leaf: Leaf) -> int:
    return leaf.span.start + len(leaf.text) - len(leaf.text.lstrip())


def _advice(message: str) -> str:
    for beginning, advice in _ADVICE:
        if message.startswith(beginning):
            return advice
    return _DEFAULT_ADVICE


@lru_cache(maxsize=64)
def parser(syntax: Syntax, unknown: frozenset[tuple[str, bool]]) -> Environment:
    """An environment that also reads *unknown* tags: each a name, and whether it has an end.

    Their arguments are skipped; the body of one that has an end renders as it stands.
    """
    import jinja2

    from promptc.parse.tags import opaque_tags
    from promptc.syntax import options

    settings = options(syntax) | {"keep_trailing_newline": True}
    extensions = [*settings.pop("extensions"), opaque_tags(unknown)]
    return jinja2.Environment(**settings, extensions=extensions)
