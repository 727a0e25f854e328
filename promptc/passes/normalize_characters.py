from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.language import is_english
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Spans, protected
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

_INVISIBLE = "\u200b\u2060\ufeff\u00ad"
_SPACES = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
_ANY = re.compile(rf"[“”‘’…‐‑–—{_INVISIBLE}{_SPACES}\uff01-\uff5e]")
# Where a text speaks of these characters, or shows several kinds of one, they are its subject.
_SPOKEN = re.compile(
    r"\b(?:quot(?:e|ation)[- ]?(?:marks?|characters?|style)|(?:smart|curly|typographic\w*|straight"
    r"|single|double|fancy|opening|closing)[- ]quot\w+|apostrophes?"
    r"|(?:em|en|long|short)[- ]?dash(?:es)?"
    r"|hyphens?|ellips[ie]s|non-?breaking|zero[- ]width|soft hyphens?|full-?width|half-?width"
    r"|unicode|punctuation|typograph\w*|code ?points?|invisible|homoglyphs?|whitespace)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_PAIR = re.compile(r"“([^“”\"\n]*)”")
_INNER_PAIR = re.compile(r"(?<!\w)‘([^‘’'\n]*)’(?!\w)")
# What a quotation holds; the marks around it are another matter.
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»\n]+)[\"”»]|(?<!\w)[‘']([^‘’'\n]+)[’'](?!\w)")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])’(?=[^\W\d_])")
_ELLIPSIS = re.compile(r"(?<=[\w\"”’)])…(?![.…])")
_HYPHEN = re.compile(r"(?<=\w)[‐‑](?=\w)")
_DASH = re.compile(r"(?<=\S )[–—](?= \S)")
# Between words, and not in a number that they group.
_SPACE = re.compile(
    rf"(?<=[^\s{TAG}])(?<!\d)[{_SPACES}](?=[^\s{TAG}])|(?<=\d)[{_SPACES}](?=[A-Za-z])"
)
_WIDE = re.compile(r"(?<=[ -~])[\uff01-\uff5e]+(?=[ -~])")
_WIDEST = 40
"""How many characters of the words around a change are counted with it, at most."""
# A joint that nothing shows: within a word, and where it only stands beside white space.
_NOTHING = re.compile(
    rf"(?<=[A-Za-z])[\u2060\ufeff\u00ad]+(?=[a-z])|(?<=[\s\w.,;:)])[{_INVISIBLE}]+(?=[ \n]|\Z)"
    rf"|(?:(?<=[ \n])|\A)[{_INVISIBLE}]+(?=\w)"
)


@dataclass(frozen=True)
class NormalizeCharacters:
    """Write typographic characters the plain way where that takes fewer tokens.

    Quotation marks and apostrophes in English, ellipses, spaces that don't break, characters that
    show nothing. Numbers, code, links, quotations within quotations, emoji with their joiners, and
    every script that needs its joiners stay as they are; so does everything where the prompt
    speaks of such characters. No character is replaced by one that only looks alike.
    """

    name: ClassVar[str] = "normalize-characters"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    quotes: bool = True
    """Whether curly quotation marks and apostrophes become straight."""

    dashes: bool = False
    """Whether a dash between spaces becomes a hyphen."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        if not _ANY.search(text) or _SPOKEN.search(text):
            return
        fixed = protected(template)
        quoted = Spans(Span(*match.span(match.lastindex or 1)) for match in _QUOTED.finditer(text))
        taken = Span(0, 0)
        for edit in sorted(self._edits(text), key=lambda edit: edit.span):
            spans = [patch.span for patch in edit.patches]
            if edit.span.overlaps(taken) or any(map(fixed.overlaps, spans)):
                continue
            if not any(map(quoted.overlaps, spans)) and _saves(text, edit, ctx):
                taken = edit.span
                yield edit

    def _edits(self, text: str) -> Iterator[Edit]:
        yield from _replaced("nothing", _NOTHING, "", text)
        yield from _replaced("space", _SPACE, " ", text)
        if is_english(text):
            yield from self._in_english(text)

    def _in_english(self, text: str) -> Iterator[Edit]:
        yield from _replaced("ellipsis", _ELLIPSIS, "...", text)
        yield from _replaced("hyphen", _HYPHEN, "-", text)
        for match in _WIDE.finditer(text):
            plain = "".join(chr(ord(char) - 0xFEE0) for char in match.group())
            yield Edit((Patch(Span(*match.span()), plain),), "width")
        if self.quotes:
            yield from _replaced("apostrophe", _APOSTROPHE, "'", text)
            yield from _quotes(text, _PAIR, '"')
            yield from _quotes(text, _INNER_PAIR, "'")
        if self.dashes:
            yield from _replaced("dash", _DASH, "-", text)


def _replaced(rule: str, pattern: re.Pattern[str], plain: str, text: str) -> Iterator[Edit]:
    for match in pattern.finditer(text):
        yield Edit((Patch(Span(*match.span()), plain),), rule)


def _quotes(text: str, pattern: re.Pattern[str], plain: str) -> Iterator[Edit]:
    """Both marks of each quotation, on lines that have none of the plain ones."""
    for match in pattern.finditer(text):
        start, stop = match.span()
        line = text[text.rfind("\n", 0, start) + 1 : (text.find("\n", stop) + 1 or len(text))]
        clash = '"' if plain == '"' else "'`"
        if not any(char in line for char in clash) and _LETTER.search(match[1]):
            marks = (Span(start, start + 1), Span(stop - 1, stop))
            yield Edit(tuple(Patch(mark, plain) for mark in marks), "quotes")


def _saves(text: str, edit: Edit, ctx: PassContext) -> bool:
    """Whether the words around *edit* take fewer tokens with it than without."""
    start, stop = edit.span
    first, last = max(0, start - _WIDEST), min(len(text), stop + _WIDEST)
    while start > first and text[start - 1] not in f" \n{HOLE}{TAG}":
        start -= 1
    while stop < last and text[stop] not in f" \n{HOLE}{TAG}":
        stop += 1
    start = start - 1 if start and text[start - 1] == " " else start
    before, after, at = text[start:stop], "", start
    for patch in edit.patches:
        after += text[at : patch.span.start] + patch.text
        at = patch.span.stop
    return ctx.tokenizer.count(after + text[at:stop]) < ctx.tokenizer.count(before)
