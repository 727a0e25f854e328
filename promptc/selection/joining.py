"""From the units that stay to the spans that stay, white space included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from promptc.selection.pool import Pool
from promptc.source import Span

_SPACE = re.compile(r"\s+")
_LINE_END = re.compile(r"[^\S\n]*\n\s*")

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def spans(pool: Pool, chosen: NDArray[np.bool_]) -> list[tuple[Span, ...]]:
    """For each text the spans that stay when the *chosen* units, (n,), do.

    Between two units that were apart stays the white space of the largest break between them, so
    that a list item starts its line and a paragraph stays one. Nothing is written.
    """
    return [spans_of(pool, chosen, number) for number in range(len(pool.texts))]


def spans_of(pool: Pool, chosen: NDArray[np.bool_], number: int) -> tuple[Span, ...]:
    """What `spans` says of the text *number* alone."""
    first, stop = pool.firsts[number], pool.firsts[number + 1]
    found = _spans(pool, pool.texts[number], (chosen[first:stop].nonzero()[0] + first).tolist())
    return held(pool, number, _merged(found))


def held(pool: Pool, number: int, found: Sequence[Span]) -> tuple[Span, ...]:
    """*found* and the stretches of the text *number* that must stay to the letter."""
    kept = pool.keep[number]
    return tuple(_merged(sorted((*found, *kept))) if kept else found)


def entire(texts: Sequence[str]) -> list[tuple[Span, ...]]:
    """The spans that keep all of each text."""
    return [(Span(0, len(text)),) if text else () for text in texts]


def joined(text: str, kept: Sequence[Span]) -> str:
    """What *kept* leaves of *text*."""
    return "".join(text[slice(*span)] for span in kept)


class Breaks:
    """The largest break in each stretch of a text that goes; looked for once in each."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: dict[tuple[int, int], Span] = {}

    def between(self, start: int, stop: int) -> Span:
        """The white space that stays of ``text[start:stop]``, empty where there is none."""
        known = self._known.get((start, stop))
        if known is None:
            known = self._known[start, stop] = _break(self.text, Span(start, stop))
        return known


def broken(breaks: Breaks, pieces: Sequence[Span]) -> list[Span]:
    """*pieces* of a text, in order, with the white space of the largest break before each."""
    if not pieces:
        return []
    start, stop = pieces[0]
    found: list[Span] = []
    for first, last in pieces[1:]:
        if stop < first:
            gap = breaks.between(stop, first)
            if gap.start > stop:
                found.append(Span(start, stop))
                start, stop = gap
            elif gap.stop > stop:
                stop = gap.stop
        if first <= stop:
            stop = max(stop, last)
        else:
            found.append(Span(start, stop))
            start, stop = first, last
    if not breaks.text[stop:].strip():
        stop = len(breaks.text)
    found.append(Span(start, stop))
    return [span for span in found if span.start < span.stop]


def _break(text: str, between: Span) -> Span:
    """The largest break in what goes, nothing where there is none."""
    if text.find("\n", *between) >= 0:
        ends = [Span(*match.span()) for match in _LINE_END.finditer(text, *between)]
        return _widest(text, ends)
    stop = between.start + len(text[slice(*between)].rstrip())
    if stop < between.stop:
        return Span(stop, between.stop)
    gaps = [Span(*match.span()) for match in _SPACE.finditer(text, *between)]
    return gaps[-1] if gaps else Span(between.stop, between.stop)


def _spans(pool: Pool, text: str, chosen: Sequence[int]) -> list[Span]:
    cores = pool.cores
    found: list[Span] = []
    for at, number in enumerate(chosen):
        core = cores[number]
        if core.start >= core.stop:
            continue
        if found:
            last = chosen[at - 1]
            gaps = (Span(cores[n].stop, cores[n + 1].start) for n in range(last, number))
            found.append(_widest(text, tuple(gaps)))
        found.append(core)
    if found and chosen and not text[found[-1].stop :].strip():
        found.append(Span(found[-1].stop, len(text)))
    if found and not text[: found[0].start].strip():
        found.insert(0, Span(0, found[0].start))
    return found


def _widest(text: str, gaps: Sequence[Span]) -> Span:
    """The largest break: blank line, line end, space; of equal ones the last, whose indent fits."""
    return max(reversed(gaps), key=lambda gap: min(text.count("\n", *gap), 2), default=Span(0, 0))


def _merged(found: Sequence[Span]) -> list[Span]:
    """*found*, by where they start, those that touch or overlap as one; empty ones left out."""
    merged: list[Span] = []
    for span in found:
        if span.start >= span.stop:
            continue
        if merged and span.start <= merged[-1].stop:
            merged[-1] = Span(merged[-1].start, max(merged[-1].stop, span.stop))
        else:
            merged.append(span)
    return merged
