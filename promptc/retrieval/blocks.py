"""Write hits for a model: one block each, and nothing in a document can pass for another.

A document is data. What could open or close a block, and marks that say who speaks, are written
with a character reference in place of their first or last sign; nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptc.analysis.inline import role_marks
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
    """Write *hits*, in their order, as ``<passage id=… source=…>`` blocks."""
    parts: list[str] = []
    origins: list[Mapping] = []
    at = 0

    def add(text: str, origin: Span | None, source: str, *, verbatim: bool = False) -> None:
        nonlocal at
        if text:
            parts.append(text)
            origins.append(Mapping(Span(at, at + len(text)), origin, verbatim, source))
            at += len(text)

    for number, hit in enumerate(hits):
        source = hit.passage.source
        named = f"{source}:{hit.passage.line}".translate(_ATTRIBUTE)
        opening = f'<passage id="{hit.number + 1}" source="{named}">\n'
        add(("\n" if number else "") + opening, None, "")
        for text, origin, verbatim in _runs(hit):
            add(text, origin, source, verbatim=verbatim)
        add("\n</passage>", None, "")
    return Written("".join(parts), tuple(origins))


def _runs(hit: Hit) -> Iterator[tuple[str, Span, bool]]:
    """The text of *hit* as it is written, piece by piece: text, origin, whether it is verbatim."""
    signs = sorted(_escapes(hit.text))
    start = 0
    for span in hit.spans:
        stop = start + span.stop - span.start
        at = start
        for sign in (each for each in signs if start <= each < stop):
            if at < sign:
                yield hit.text[at:sign], _moved(span, start, at, sign), True
            yield _SIGNS[hit.text[sign]], _moved(span, start, sign, sign + 1), False
            at = sign + 1
        if at < stop:
            yield hit.text[at:stop], _moved(span, start, at, stop), True
        start = stop


def _moved(span: Span, base: int, start: int, stop: int) -> Span:
    return Span(span.start + start - base, span.start + stop - base)


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
