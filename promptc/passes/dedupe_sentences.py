from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple

from promptc.analysis.dominance import dominates
from promptc.analysis.language import is_english
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Kind, protected, regions
from promptc.analysis.sentences import sentences, units
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span

_WORD = re.compile(rf"[^\W_]+(?:['’.,:/-][^\W_]+)*|{HOLE}+|[%$€£+<>=&@#]")
# Sentences that lean on the one before them, wherever they stand.
_LEANS = re.compile(
    r"[\W_]*(?:this|these|those|that|it|its|they|them|their|he|she|his|her|such|otherwise|then"
    r"|however|also|but|and|or|so|thus|therefore|hence|instead|likewise|similarly|moreover"
    r"|furthermore|additionally|nor|yet|both|either|neither|one|another|here|there|first|second"
    r"|third|next|finally|afterwards?|in (?:this|that|such|these|those|other|addition|contrast)"
    r"|for (?:this|that|these|example|instance)|e\.g|i\.e|by (?:this|that)|as (?:such|above))\b",
    re.IGNORECASE,
)
_DEPENDS = re.compile(r"[\W_]*(?:if|when|whenever|where|unless|once|until|in case)\b", re.I)
# Words that point at a place in the text.
_POINTS = re.compile(
    r"\b(?:above|below|follow(?:s|ing)|previous(?:ly)?|preceding|next|earlier|later|here|this"
    r"|these|those|aforementioned|last|first|again|repeat|step)\b",
    re.IGNORECASE,
)
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"))
_EVEN = ("**", "*", "__", '"', "`", "~~")
_MARKER = re.compile(r"[ \t]*(?:([-*+•‣◦▪–—])|\S{1,5}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_STRONG = re.compile(r"\b[A-Z]{3,}\b|\*\*|!")
_ENDED = re.compile(r"\w[.!?…][\"'”’)\]*_]*\s*\Z")
_PARAGRAPH = re.compile(r"\n[ \t]*\n(?=[ \t]*\S)")
_COPIES = 8
"""How many earlier copies are asked whether they dominate a later one."""
_SHINGLE = 3
_HINT = 4
_NEAR_WORDS = 8
#: Words that a near copy may have more or less of.
_FREE = frozenset({"the", "please", "kindly", "also", "just", "simply"})


class _Said(NamedTuple):
    """A sentence, the unit it stands in, and its words without case and marks."""

    span: Span
    unit: Span
    words: tuple[str, ...]


@dataclass(frozen=True)
class DedupeSentences:
    """Remove a sentence that repeats an earlier one.

    The later copy goes where whoever reads it has read the earlier one: on every path through the
    template, in a message of the same role, and under the same heading or before the first one.
    Copies may differ in case, emphasis and final punctuation; near copies in ``the`` and in words
    of politeness. What leans on its neighbors, points at a place in the text, asks, quotes, holds
    code or a hole, or stands in an example, a table or a numbered list stays.
    """

    name: ClassVar[str] = "dedupe-sentences"
    guarantee: ClassVar[Guarantee] = Guarantee.MEANING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    near: float = 0.5
    """How many of their runs of three words near copies share, of 1.0; at 1.0 none goes."""

    min_words: int = 5
    """Shorter sentences stay."""

    last_section: bool = False
    """Whether to remove repeats from the end too: after the last heading, hole and blank line."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if not _repeats(template):
            return
        text = masked(template)
        if not is_english(" ".join(text[slice(*unit)] for unit in units(template))):
            return
        end = len(text) if self.last_section else _end(template, text)
        every = _said(template, text)
        known: dict[tuple[str, ...], list[_Said]] = {}
        taken = Span(0, 0)
        for at, said in enumerate(every):
            copy = said.span.stop <= end and _alone(template, text, every, at)
            match = self._earlier(template, text, known, said) if copy else ""
            span = _removal(text, every, at) if match else None
            if span is not None and not span.overlaps(taken):
                taken = span
                yield Edit((Patch(span, ""),), rule=match)
            else:
                known.setdefault(_key(said.words), []).append(said)

    def _earlier(
        self,
        template: Template,
        text: str,
        known: dict[tuple[str, ...], list[_Said]],
        said: _Said,
    ) -> str:
        """How *said* repeats a sentence that dominates it: ``exact``, ``near``, or not at all."""
        if len(said.words) < self.min_words:
            return ""
        for other in known.get(_key(said.words), [])[:_COPIES]:
            if _strong(text, said) - _strong(text, other):
                continue
            exact = other.words == said.words
            if not exact and not self._near(text, other, said):
                continue
            if dominates(template, other.span, said.span):
                return "exact" if exact else "near"
        return ""

    def _near(self, text: str, one: _Said, two: _Said) -> bool:
        if self.near >= 1 or min(len(one.words), len(two.words)) < _NEAR_WORDS:
            return False
        if _names(text, one) != _names(text, two):
            return False
        left, right = _shingles(one.words), _shingles(two.words)
        return len(left & right) >= self.near * len(left | right)


def _repeats(template: Template) -> bool:
    """Whether any few words in a row come twice: without, no sentence does."""
    text = masked(template)
    seen: set[tuple[str, ...]] = set()
    for unit in units(template):
        words = _words(text[slice(*unit)])
        for at in range(len(words) - _HINT + 1):
            run = words[at : at + _HINT]
            if run in seen:
                return True
            seen.add(run)
    return False


@lru_cache(maxsize=4096)
def _words(shown: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(shown.casefold().replace("’", "'")))


def _said(template: Template, text: str) -> list[_Said]:
    """Every sentence with its unit and words."""
    every: list[_Said] = []
    parts = iter(units(template))
    unit = Span(0, 0)
    for span in sentences(template):
        while not unit.covers(span):
            unit = next(parts)
        every.append(_Said(span, unit, _words(text[slice(*span)])))
    return every


def _key(words: Iterable[str]) -> tuple[str, ...]:
    """What near copies have in common: every word that is not free, in order."""
    return tuple(word for word in words if word not in _FREE)


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1)}


def _names(text: str, said: _Said) -> Counter[str]:
    """Words with a capital, the first one left out."""
    words = _WORD.findall(text[slice(*said.span)])[1:]
    return Counter(word for word in words if word != word.lower())


def _strong(text: str, said: _Said) -> set[str]:
    """The marks of stress in a sentence: a copy that has more of them was meant to be read."""
    return set(_STRONG.findall(text[slice(*said.span)]))


def _end(template: Template, text: str) -> int:
    """Where the last section starts."""
    headings = [r.span.start for r in regions(template) if r.kind is Kind.HEADING]
    paragraphs = [match.end() for match in _PARAGRAPH.finditer(text)]
    return max(
        headings[-1] if headings else 0,
        paragraphs[-1] if paragraphs else 0,
        text.rfind(HOLE) + 1,
    )


def _alone(template: Template, text: str, every: Sequence[_Said], at: int) -> bool:
    """Whether a sentence says something by itself, and nothing after it leans on it."""
    said = every[at]
    shown = text[slice(*said.span)]
    if protected(template).overlaps(said.span) or shown[-1] in ":?," or '"' in shown:
        return False
    if _LEANS.match(shown) or _POINTS.search(shown) or not _balanced(shown):
        return False
    if said.span.start > said.unit.start and _DEPENDS.match(shown):
        return False
    after = every[at + 1] if at + 1 < len(every) else None
    return after is None or not _LEANS.match(text[slice(*after.span)])


def _balanced(shown: str) -> bool:
    """Whether every mark that opens in a sentence closes in it."""
    return all(shown.count(one) == shown.count(two) for one, two in _PAIRS) and all(
        shown.count(mark) % 2 == 0 for mark in _EVEN
    )


def _removal(text: str, every: Sequence[_Said], at: int) -> Span | None:
    """What to cut so that the text around stays well spaced; ``None`` where nothing does it."""
    span, unit, _ = every[at]
    if span.start > unit.start and not _ENDED.search(text, unit.start, span.start):
        return None
    if span.stop < unit.stop:
        after = every[at + 1].span.start if at + 1 < len(every) else unit.stop
        return Span(span.start, after) if after < unit.stop else None
    if span.start > unit.start:
        before = every[at - 1]
        return Span(before.span.stop, span.stop) if before.unit == unit else None
    return _lines_of(text, unit)


def _lines_of(text: str, unit: Span) -> Span | None:
    """The whole lines of *unit*, and the blank ones that would be left over."""
    start = text.rfind("\n", 0, unit.start) + 1
    stop = text.find("\n", unit.stop)
    if stop < 0 or text[unit.stop : stop].strip():
        return None
    head = text[start : unit.start]
    before, after = _above(text, start), _below(text, stop + 1)
    if TAG in head or not _stands(text, head, before, after):
        return None
    blank_above = start == 0 or not text[text.rfind("\n", 0, start - 1) + 1 : start].strip()
    stop += 1
    while blank_above and stop < len(text) and not text[stop : _line_end(text, stop)].strip():
        stop = _line_end(text, stop)
    return Span(start, stop)


def _stands(text: str, head: str, before: str, after: str) -> bool:
    """Whether the lines around a unit can do without it; *head* is its indent or its marker."""
    if TAG in before and TAG in after:
        return False
    if not head.strip():
        opens = not before or before.lstrip().startswith("#") or before.rstrip(" *_").endswith(":")
        closes = not after or after.lstrip().startswith("#")
        return not (opens and closes) and not before.rstrip(" *_").endswith(":")
    marker = _MARKER.match(head)
    if not marker or not marker[1]:
        return False
    indent = _indent(head)
    if after and _indent(after) > indent:
        return False
    return any(_MARKER.match(line) and _indent(line) == indent for line in (before, after))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _above(text: str, start: int) -> str:
    """The line above *start* that is not blank; empty where there is none."""
    return text[:start].rstrip().rpartition("\n")[2]


def _below(text: str, start: int) -> str:
    """The line below *start* that is not blank; empty where there is none."""
    at = start
    while at < len(text):
        stop = _line_end(text, at)
        if text[at:stop].strip():
            return text[at:stop].rstrip("\n")
        at = stop
    return ""


def _line_end(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)
