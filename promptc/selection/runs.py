"""Shorten units from the inside: runs of tokens stay that a model would miss most.

Every run that stays costs something to begin, so that what is left are pieces of sentences and not
single words. For a given price per token the best runs are found exactly, by dynamic programming;
the price is then sought at which the budget holds.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from promptc.analysis.textatoms import atoms
from promptc.protocols import Request, Scores
from promptc.selection.filling import counted, hurry
from promptc.selection.joining import Breaks, broken, held
from promptc.selection.pool import Pool
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BEGIN = 9.0
"""Bits that a run must be worth to begin with."""
NUMBER, NAME = 12.0, 6.0
"""Bits more that a number and a word with a capital are worth: they can't be made up again."""
_STEPS = 10
_DEAREST = 64.0
_FIRST = 11.0
"""Bits per token that are asked first: near what most texts come to."""
_NEAR = 0.15
"""The share of a range of prices that is left to either side."""
_DIGIT = re.compile(r"\d")

_NEVER = Span(sys.maxsize, sys.maxsize)

Runs: TypeAlias = list[tuple[int, int]]
"""The first and the last piece of each run of a row."""


class Row(NamedTuple):
    """The pieces of one unit, in order: each a token, or several that belong together.

    A piece is ``text[starts[n]:stops[n]]``. *worth* is what it tells, in bits; *tokens* what it is
    likely to cost.
    """

    owner: int
    starts: Sequence[int]
    stops: Sequence[int]
    worth: Sequence[float]
    tokens: Sequence[float]


def shorten(
    pool: Pool,
    chosen: NDArray[np.bool_],
    scores: Sequence[Scores],
    request: Request,
    *,
    intact: NDArray[np.bool_] | None = None,
) -> list[tuple[Span, ...]] | None:
    """For each text the spans that stay of the *chosen* units, (n,), within the budget.

    Units that are whole, and those that are to stay *intact*, (n,), are not cut; ``None`` where
    they leave no room.
    """
    shut = pool.must if intact is None else pool.must | intact
    rows = [_row(pool, scores, at, bool(shut[at])) for at in chosen.nonzero()[0].tolist()]
    search = _Search(pool, rows, request)
    if search.spare < 0:
        return None
    search.price()
    search.mix()
    return search.kept(search.few)


class _Search:
    """Looks for the price at which the budget is met.

    The runs *few* fit it and *spare* some tokens; *many* exceed it, by *over*.
    """

    def __init__(self, pool: Pool, rows: Sequence[Row], request: Request) -> None:
        self._pool, self._rows, self._request = pool, rows, request
        self._breaks = [Breaks(text) for text in pool.texts]
        self._slack = 1 + request.tokens // 500
        self.many: list[Runs] = [[(0, len(row.starts) - 1)] if row.starts else [] for row in rows]
        # What can't be cut has no price.
        self.few = [
            many if 0.0 in row.tokens else [] for row, many in zip(rows, self.many, strict=True)
        ]
        self.spare = self.left(self.few)
        self.over = -self.left(self.many)
        if self.over <= 0:
            self.few, self.spare = self.many, -self.over

    def price(self) -> None:
        """Narrow the prices down; what is best at both ends of a range is best in between.

        Prices are tried where the tokens would meet the budget if they fell evenly (regula falsi);
        the end that stays put loses half its pull each time (the Illinois variant).
        """
        low, high, price, steps = 0.0, _DEAREST, _FIRST, _STEPS
        pulls, near = [float(self.over), float(self.spare)], self._request.tokens // 8
        while steps and self.spare > self._slack and self.spare + self.over > near:
            steps -= 1
            hurry(self._request)
            tried = [
                few if few == many else best_runs(row, price)
                for row, few, many in zip(self._rows, self.few, self.many, strict=True)
            ]
            left = self.left(tried)
            if left >= 0:
                self.few, self.spare, high = tried, left, price
                pulls = [pulls[0] / 2, left]
            else:
                self.many, self.over, low = tried, -left, price
                pulls = [-left, pulls[1] / 2]
            share = min(max(pulls[0] / max(sum(pulls), 1), _NEAR), 1 - _NEAR)
            price = low + (high - low) * share if high < _DEAREST else low * 1.5

    def mix(self) -> None:
        """Take the first rows as in *many*, as far as they fit, and of the next one the first runs.

        What is worth the same stays or goes at one price; this parts it.
        """
        other = [at for at in range(len(self.few)) if self.few[at] != self.many[at]]
        sums = [0.0, *accumulate(self._more(at) for at in other)]
        few, fits, exceeds = self.few, 0, len(other)
        for _ in range(_STEPS):
            if exceeds - fits <= 1 or self.spare <= self._slack:
                break
            aim = sums[fits] + (sums[exceeds] - sums[fits]) * self.spare / (self.spare + self.over)
            middle = min(max(bisect_right(sums, aim) - 1, fits + 1), exceeds - 1)
            left = self._take({at: self.many[at] for at in other[:middle]}, few)
            if left >= 0:
                fits = middle
            else:
                exceeds, self.over = middle, -left
        if self.spare > self._slack and fits < len(other):
            self._part(other[fits])

    def _part(self, at: int) -> None:
        """Take the first runs of row *at* as in *many*, as far as they fit."""
        few, many = self.few[at], self.many[at]
        fits, exceeds = 0, len(many)
        while exceeds - fits > 1 and self.spare > self._slack:
            middle = (fits + exceeds) // 2
            end = many[middle - 1][1]
            mixed = many[:middle] + [run for run in few if run[0] > end + 1]
            if self._take({at: mixed}, self.few) >= 0:
                fits = middle
            else:
                exceeds = middle

    def _take(self, changed: Mapping[int, Runs], few: Sequence[Runs]) -> int:
        """Try the runs *few* with some rows *changed*; they are the new few if they fit."""
        tried = [changed.get(at, runs) for at, runs in enumerate(few)]
        left = self.left(tried)
        if left >= 0:
            self.few, self.spare = tried, left
        return left

    def _more(self, at: int) -> float:
        """What row *at* is likely to cost more in *many* than in *few*."""
        row = self._rows[at]
        return max(_cost(row, self.many[at]) - _cost(row, self.few[at]), 0.1)

    def left(self, runs: Sequence[Runs]) -> int:
        """Tokens that *runs* leave free; below 0 where they do not fit."""
        return self._request.tokens - counted(self._pool, self.kept(runs), self._request)

    def kept(self, runs: Sequence[Runs]) -> list[tuple[Span, ...]]:
        """What stays of each text."""
        found: list[list[Span]] = [[] for _ in self._pool.texts]
        for row, each in zip(self._rows, runs, strict=True):
            for first, last in each:
                found[row.owner].append(Span(row.starts[first], row.stops[last]))
        return [
            held(self._pool, number, broken(breaks, each))
            for number, (breaks, each) in enumerate(zip(self._breaks, found, strict=True))
        ]


def _row(pool: Pool, scores: Sequence[Scores], at: int, shut: bool) -> Row:
    """The pieces of unit *at*; one piece that always stays where it must not be cut."""
    core, owner = pool.cores[at], int(pool.owner[at])
    if pool.units[at].whole or shut:
        return Row(owner, (core.start,), (core.stop,), (float("inf"),), (0.0,))
    text = pool.texts[owner]
    starts, stops, bits = _together(text, core, scores[owner])
    cost = float(pool.cost[at]) / max(core.stop - core.start, 1)
    both = list(zip(starts, stops, strict=True))
    worth = [each + _told(text[start:stop]) for each, (start, stop) in zip(bits, both, strict=True)]
    return Row(owner, starts, stops, worth, [(stop - start + 1) * cost for start, stop in both])


def _told(shown: str) -> float:
    """What a piece is worth for the fact that it states."""
    if _DIGIT.search(shown):
        return NUMBER
    return NAME if shown[:1].isupper() else 0.0


def _together(text: str, core: Span, scores: Scores) -> tuple[list[int], list[int], list[float]]:
    """The tokens of *core*, those joined that no space parts or that an atom holds.

    Where each piece starts and stops, and its bits.
    """
    first, last = scores.spans[:, 0].searchsorted(core).tolist()
    starts, stops, bits = [core.start], list[int](), [0.0]
    shut = iter(atoms(text[slice(*core)]))
    opens, until = next(shut, _NEVER)
    stop = core.start
    for (left, right), each in zip(
        scores.spans[first:last].tolist(), scores.bits[first:last].tolist(), strict=True
    ):
        while until <= left - core.start:
            opens, until = next(shut, _NEVER)
        held = opens < left - core.start
        if left > stop > core.start and not held and text[stop:left].isspace():
            starts.append(left)
            stops.append(stop)
            bits.append(0.0)
        bits[-1] += each
        stop = right
    return starts, [*stops, core.stop], bits


def best_runs(row: Row, price: float) -> Runs:
    """The first and the last piece of each of the best runs, in order.

    Together they are worth the most, each run less `BEGIN` and each piece less *price* by token.
    """
    inside, outside = -BEGIN, 0.0
    entered, left = list[bool](), list[bool]()
    for worth, tokens in zip(row.worth, row.tokens, strict=True):
        begun = outside - BEGIN
        entered.append(begun > inside)
        left.append(inside > outside)
        if inside > outside:
            outside = inside
        inside = (begun if begun > inside else inside) + worth - price * tokens
    found: Runs = []
    last = len(left) - 1 if inside > outside else -1
    for at in range(len(left) - 1, -1, -1):
        if last < 0:
            last = at - 1 if left[at] else -1
        elif entered[at]:
            found.append((at, last))
            last = -1
    if last >= 0:
        found.append((0, last))
    return found[::-1]


def _cost(row: Row, runs: Runs) -> float:
    """What *runs* are likely to cost."""
    return sum(sum(row.tokens[first : last + 1]) for first, last in runs)
