"""What a text states: numbers, names, negations, quotes, code and the like, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from promptc.analysis.fact_reader import Reader
from promptc.results import Fact, FactKind
from promptc.source import Span

# No fact goes on where a line like these begins.
_CUT = re.compile(r"\n(?=[ \t]*(?:\n|[-*#•>|]|\d{1,3}[.)][ ]))")
_LONG = re.compile(
    r"^[ \t>]*(```|~~~).*?^[ \t>]*\1|<!--.{0,500}?-->|\{%.{0,500}?%\}", re.DOTALL | re.MULTILINE
)
_SOFT = re.compile(r"(?<=[^\s.:;!?|>])\n(?=[a-z0-9\"'“‘(])")
_KEYED = re.compile(r"[ \t]*[\w.-]+:(?:\s|\Z)")
WRAPPED = 40
"""A shorter line ends where its author ended it."""
_LONG_MARKS = ("```", "~~~", "<!--", "{%")


@dataclass(frozen=True)
class Stated:
    """What a text states: the offsets of each of its `names`, and all `others` in their order.

    *maybe* has words that begin with a capital as every sentence does: one may be what a name was
    before a rewrite, its own loss tells nothing.
    """

    others: tuple[Fact, ...]
    names: Mapping[str, list[int]]
    maybe: Mapping[str, list[int]]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact, in the order of the text."""
        names = (named(name, at) for name, found in self.names.items() for at in found)
        return tuple(sorted((*self.others, *names), key=lambda fact: fact.span))


def named(name: str, at: int) -> Fact:
    """The fact that *name* stands at offset *at*."""
    return Fact(FactKind.NAME, name, Span(at, at + len(name)), name)


@lru_cache(maxsize=16)
def facts(text: str) -> Stated:
    """Read every fact that *text* states.

    A fact that holds others, such as a quotation, stands for them. Numbers of list items are no
    facts. Masked holes count as words. Each paragraph is read once, however often it comes.
    """
    others: list[Fact] = []
    names: dict[str, list[int]] = {}
    maybe: dict[str, list[int]] = {}
    for start, stop in pairwise(_cuts(text)):
        part = _part(_unwrapped(text[start:stop]))
        for kind, shown, span, key, heads in part.others:
            others.append(Fact(kind, shown, Span(span[0] + start, span[1] + start), key, heads))
        for mine, all_ in ((part.names, names), (part.maybe, maybe)):
            for name, found in mine.items():
                all_.setdefault(name, []).extend([at + start for at in found])
    return Stated(tuple(others), names, maybe)


def _unwrapped(text: str) -> str:
    """*text* with a space for each line end that only keeps lines short; offsets stay."""
    if not _SOFT.search(text) or any(mark in text for mark in _LONG_MARKS):
        return text
    ends = [match.start() for match in _SOFT.finditer(text)]
    read = list(text)
    for at in ends:
        line = text[text.rfind("\n", 0, at) + 1 : at]
        if len(line) >= WRAPPED and not (_KEYED.match(line) and _KEYED.match(text, at + 1)):
            read[at] = " "
    return "".join(read)


@lru_cache(maxsize=4096)
def _part(text: str) -> Stated:
    reader = Reader(text)
    reader.read()
    return Stated(tuple(reader.found), reader.names, reader.maybe)


def _cuts(text: str) -> Iterator[int]:
    """Where *text* can be taken apart without taking a fact apart, and its two ends."""
    long: list[tuple[int, int]] = []
    if any(mark in text for mark in _LONG_MARKS):
        long = [match.span() for match in _LONG.finditer(text)]
    yield 0
    for match in _CUT.finditer(text):
        at = match.end()
        while long and long[0][1] <= at:
            del long[0]
        if not long or at <= long[0][0]:
            yield at
    yield len(text)
