"""Write hits for a model: one block each, and nothing in a document can pass for another.

A document is data. What could open or close a block, and marks that say who speaks, are written
with a character reference in place of their first or last sign; nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.inline import role_marks
from promptc.passages import Passage
from promptc.retrieval.hits import Hit
from promptc.source import Mapping, Span

_TAG = re.compile(r"</?passage(?![\w-])", re.IGNORECASE)
_SIGNS = {"<": "&lt;", "[": "&#91;", ":": "&#58;"}
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\r": " ", "\t": " "}
)


class Written(NamedTuple):
    """The text for a model, and the map of its runs to the documents.

    A run with ``verbatim=False`` is an escape for the origin that it names; one without an origin
    was written by promptc.
    """

    text: str
    origins: tuple[Mapping, ...]


def blocks(hits: Sequence[Hit]) -> str:
    """The text of `written`."""
    return written(hits).text


def written(hits: Sequence[Hit]) -> Written:
    """Write *hits* as ``<passage id=… source=…>`` blocks, in the order of the best of each.

    Passages that follow each other in a document stand in one block, whose id names the first and
    the last of them. What they repeat of each other is written once.
    """
    parts: list[str] = []
    origins: list[Mapping] = []
    at = 0

    def add(text: str, origin: Span | None, source: str, *, verbatim: bool = False) -> None:
        nonlocal at
        if text:
            parts.append(text)
            origins.append(Mapping(Span(at, at + len(text)), origin, verbatim, source))
            at += len(text)

    for number, row in enumerate(_rows(hits)):
        first = row[0].passage
        named = f"{first.source}:{first.line}".translate(_ATTRIBUTE)
        opening = f'<passage id="{_id(row)}" source="{named}">\n'
        add(("\n" if number else "") + opening, None, "")
        for text, origin, verbatim in _runs(list(_pieces(row))):
            add(text, origin, first.source if origin else "", verbatim=verbatim)
        add("\n</passage>", None, "")
    return Written("".join(parts), tuple(origins))


def _rows(hits: Sequence[Hit]) -> list[list[Hit]]:
    """*hits* by block: those that follow each other in a document, in its order."""
    rank = {hit.number: at for at, hit in enumerate(hits)}
    rows: list[list[Hit]] = []
    for hit in sorted(hits, key=lambda each: each.number):
        if rows and _follows(rows[-1][-1], hit):
            rows[-1].append(hit)
        else:
            rows.append([hit])
    return sorted(rows, key=lambda row: min(rank[each.number] for each in row))


def _follows(hit: Hit, after: Hit) -> bool:
    """Whether *after* goes on where *hit* ends; what stands before each part is written once."""
    one, two = hit.passage, after.passage
    if hit.shortened or after.shortened or one.source != two.source:
        return False
    known = two.head in (None, one.head) or one.span.start <= two.head.start < one.span.stop
    return after.number == hit.number + 1 and known


def _id(row: Sequence[Hit]) -> str:
    first, last = row[0].number + 1, row[-1].number + 1
    return f"{first}" if first == last else f"{first}-{last}"


class _Piece(NamedTuple):
    """Text, and where it stands in the document; a break between two has no place."""

    text: str
    origin: Span | None


def _pieces(row: Sequence[Hit]) -> Iterator[_Piece]:
    """The text of a block."""
    start = 0
    for span in row[0].spans:
        stop = start + span.stop - span.start
        yield _Piece(row[0].text[start:stop], span)
        start = stop
    for hit, after in pairwise(row):
        last, span = hit.passage.span, after.passage.span
        if span.start > last.stop:
            yield _Piece(_break(hit.passage, after.passage), None)
        fresh = Span(max(span.start, last.stop), max(span.stop, last.stop))
        yield _Piece(after.text[len(after.text) - (fresh.stop - fresh.start) :], fresh)


def _break(one: Passage, two: Passage) -> str:
    """The white space between two passages, as far as it means something."""
    own = one.text[len(one.text) - (one.span.stop - one.span.start) :]
    lines = two.line - one.line - own.count("\n")
    return "\n" * min(lines, 2) or " "


def _runs(pieces: Sequence[_Piece]) -> Iterator[tuple[str, Span | None, bool]]:
    """The text of a block as it is written, run by run: text, origin, whether it is verbatim."""
    signs = sorted(_escapes("".join(piece.text for piece in pieces)))
    start = 0
    for text, origin in pieces:
        stop = start + len(text)
        at = start
        for sign in (each for each in signs if start <= each < stop):
            if at < sign:
                yield text[at - start : sign - start], _moved(origin, start, at, sign), True
            shown = _SIGNS[text[sign - start]]
            yield shown, _moved(origin, start, sign, sign + 1), False
            at = sign + 1
        if at < stop:
            yield text[at - start :], _moved(origin, start, at, stop), origin is not None
        start = stop


def _moved(span: Span | None, base: int, start: int, stop: int) -> Span | None:
    return span and Span(span.start + start - base, span.start + stop - base)


def _escapes(text: str) -> set[int]:
    """Where the signs stand that are written as references."""
    found = {match.start() for match in _TAG.finditer(text)}
    for span in role_marks(text):
        shown = text[slice(*span)]
        first = len(shown) - len(shown.lstrip())
        if shown[first] in "<[":
            found.add(span.start + first)
        elif ":" in shown:
            found.add(span.start + shown.index(":"))
    return found
