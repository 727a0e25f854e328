"""Emphasis that Markdown sees: pairs of marks around words, literal asterisks left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import protected
from promptc.ir import Template
from promptc.source import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Stands for what is no prose; a punctuation mark to Markdown, as most of it is.
_OTHER = "§"
_TARGET = re.compile(r"\]\([^()\n]*\)")
_LINE = re.compile(r"^[^\n]*\*[^\n]*$", re.MULTILINE)
_RULE = re.compile(r"[ \t]*(?:\*[ \t]*){3,}$|[ \t]*\*[ \t]+")
# One that is not within a word may pair with another when the marks between them are gone.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LETTER = re.compile(r"\w")
_SAYS = re.compile(
    rf"[\w\"'“‘(\[$€£{HOLE}{_OTHER}].*[\w.:!?,;\"'”’)\]%{HOLE}{_OTHER}]|\w", re.DOTALL
)
_MARKS = {"strong_open": 2, "strong_close": 2, "em_open": 1, "em_close": 1}


class Emphasis(NamedTuple):
    """The two marks around emphasized words; *mark* is ``**`` or ``*``."""

    mark: str
    opening: Span
    closing: Span

    @property
    def inner(self) -> Span:
        return Span(self.opening.stop, self.closing.start)


@lru_cache(maxsize=16)
def emphases(template: Template) -> tuple[Emphasis, ...]:
    """Every emphasis that stands within one line, in order.

    Left out is what may be something else: a pair around another one, one that starts or ends
    within a word, underscores, which names are written with, and lines with marks that don't
    pair up.
    """
    text = masked(template)
    if "*" not in text:
        return ()
    shielded = _shielded(template, text)
    return tuple(
        found
        for match in _LINE.finditer(shielded)
        if match.group().count("*") > 1 and not _UNDERSCORE.search(match.group())
        for found in _in_line(match.group(), match.start())
    )


def _shielded(template: Template, text: str) -> str:
    """*text* with everything but prose replaced, character by character."""
    parts: list[str] = []
    at = 0
    for span in protected(template):
        shown = text[slice(*span)]
        blank = "".join(char if char in f"\n{HOLE}{TAG}" else _OTHER for char in shown)
        parts += text[at : span.start], blank
        at = span.stop
    return _TARGET.sub(lambda match: _OTHER * len(match.group()), "".join(parts) + text[at:])


def _in_line(line: str, at: int) -> Iterator[Emphasis]:
    head = _RULE.match(line)
    start = head.end() if head else 0
    open_marks: list[Span] = []
    found: list[Emphasis] = []
    position = start
    for kind, shown in _tokens(line[start:]):
        span = Span(position, position + len(shown))
        position = span.stop
        if kind.endswith("_open"):
            open_marks.append(span)
        elif kind.endswith("_close"):
            opening = open_marks.pop()
            if _is_plain(line, opening, span):
                found.append(Emphasis(shown, _moved(opening, at), _moved(span, at)))
        elif "*" in shown and not shown.startswith("\\"):
            return
    yield from sorted(found, key=lambda each: each.opening)


def _is_plain(line: str, opening: Span, closing: Span) -> bool:
    """Whether the marks stand around whole words, and no other mark touches them."""
    inner = line[opening.stop : closing.start]
    around = line[opening.start - 1 : opening.start] + line[closing.stop : closing.stop + 1]
    if (
        not _SAYS.fullmatch(inner)
        or "_" in inner[0] + inner[-1]
        or "*" in inner
        or "*" in around
        or "_" in around
    ):
        return False
    if _LETTER.search(around) or HOLE in around or _OTHER in around:
        return False
    return line[opening.start] == "*"


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    """The kind of each piece of *line* and the characters that it was read from."""
    parser = _parser()
    tokens = parser.parseInline(line)[0].children or []
    for token in tokens:
        if token.type in _MARKS or token.type == "text_special":
            yield token.type, token.markup
        elif token.content:
            yield token.type, token.content


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.stop + by)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["escape", "emphasis"]).disable("text_join")
