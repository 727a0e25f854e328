"""Fill a budget with the units that are rated highest, exactly by the target's tokenizer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from promptc.errors import DeadlineError, exceeded
from promptc.protocols import Request
from promptc.selection.joining import joined, spans, spans_of
from promptc.selection.pool import FRAMES, Pool
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TRIES = 12
"""How many times more units are tried at the end, each time counted exactly."""
_ALIKE = 0.9
"""Units this near to one that stays say nothing new."""
_SMALL = 512
"""In a pool of more units only those of equal words are told to say the same."""


def hurry(request: Request) -> None:
    """Raise `DeadlineError` where the deadline of *request* has passed.

    Raises `CancelledError` where whoever asked no longer waits.
    """
    if request.canceled is not None and request.canceled.is_set():
        raise CancelledError
    if request.deadline is not None and time.monotonic() > request.deadline:
        raise DeadlineError("the deadline passed before it was known what to keep")


def fill(
    pool: Pool,
    rated: NDArray[np.float64],
    request: Request,
    nearness: Nearness | None = None,
) -> NDArray[np.bool_]:
    """Choose units, (n,), by falling rating until the budget is full.

    What is framed is chosen with its frame, and with the heading above it where there is room.
    Of units that say the same, by *nearness*, only the first is chosen while there is other text.
    Raises `BudgetError` where the units that must stay exceed the budget.
    """
    required(pool, request)
    order = _order(pool, rated)
    tally = _Tally(pool, _rough(pool, order, request, nearness), request)
    _trim(pool, order, tally, request.tokens)
    _top_up(pool, order, tally, request.tokens)
    return tally.chosen


def rough(
    pool: Pool,
    rated: NDArray[np.float64],
    request: Request,
    nearness: Nearness | None = None,
    least: int = 0,
) -> NDArray[np.bool_]:
    """Choose like `fill`, by what each unit costs alone: near the budget, or a little above it.

    Where that comes to less than *least* tokens, units that may be cut are chosen above it.
    """
    order = _order(pool, rated)
    chosen = _rough(pool, order, request, nearness)
    total = int(pool.cost[chosen].sum())
    for at in order:
        if total >= least:
            break
        if not chosen[at] and not pool.units[at].whole:
            chosen[at] = True
            total += int(pool.cost[at])
    return chosen


def _rough(
    pool: Pool, order: Sequence[int], request: Request, nearness: Nearness | None
) -> NDArray[np.bool_]:
    chosen = _framed(pool)
    later = _take(pool, order, chosen, request.tokens - int(pool.cost[chosen].sum()), nearness)
    _take(pool, later, chosen, request.tokens - int(pool.cost[chosen].sum()), None)
    return chosen


def required(pool: Pool, request: Request) -> None:
    """Raise `BudgetError` where the units that must stay exceed the budget."""
    total = counted(pool, spans(pool, _framed(pool)), request)
    if total > request.tokens:
        raise exceeded(total, request.tokens)


def _framed(pool: Pool) -> NDArray[np.bool_]:
    """The units that must stay, (n,), with what frames them."""
    chosen = pool.must.copy()
    for at in chosen.nonzero()[0].tolist():
        chosen[list(pool.needs.get(at, ()))] = True
    return chosen


def counted(pool: Pool, kept: Sequence[Sequence[Span]], request: Request) -> int:
    """Tokens of what *kept* leaves of the texts, each counted by itself."""
    count = request.tokenizer.count
    shown = (joined(text, each) for text, each in zip(pool.texts, kept, strict=True))
    return sum(count(text) for text in shown if text)


def _order(pool: Pool, rated: NDArray[np.float64]) -> list[int]:
    """Units by falling rating, ties by position; frames and blanks are never chosen for
    themselves."""
    import numpy as np

    order = np.argsort(-rated, kind="stable").tolist()
    return [at for at in order if pool.units[at].kind not in FRAMES]


def _take(
    pool: Pool,
    order: Sequence[int],
    chosen: NDArray[np.bool_],
    room: int,
    nearness: Nearness | None,
) -> list[int]:
    """Choose what fits *room* tokens; return what was put off for saying nothing new."""
    put_off: list[int] = []
    cost = pool.cost.tolist()
    said = _Said(pool, nearness, chosen) if nearness is not None else None
    for at in order:
        if room <= 0:
            break
        if chosen[at]:
            continue
        group = [at, *(need for need in pool.needs.get(at, ()) if not chosen[need])]
        price = sum(cost[each] for each in group)
        if price > room:
            continue
        if said is not None and said.repeats(at):
            put_off.append(at)
            continue
        head = pool.heading(at)
        if head >= 0 and not chosen[head] and price + cost[head] <= room:
            group.append(head)
            price += cost[head]
        chosen[group] = True
        room -= price
        if said is not None:
            said.add(group)
    return put_off


class Nearness:
    """How near the units of a pool are to each other, by their *vectors*, (n, dims).

    Each unit is looked at once, however often a pool is filled.
    """

    def __init__(self, vectors: NDArray[np.float64]) -> None:
        self._vectors = vectors
        self._known: dict[int, NDArray[np.float64]] = {}

    def to(self, at: int) -> NDArray[np.float64]:
        """The cosine of each unit with unit *at*, (n,)."""
        import numpy as np

        known = self._known.get(at)
        if known is None:
            known = np.einsum("ij,j->i", self._vectors, self._vectors[at])
            self._known[at] = known
        return known


class _Said:
    """What was chosen so far: its words, and for a small pool how near each unit is to it."""

    def __init__(self, pool: Pool, nearness: Nearness, chosen: NDArray[np.bool_]) -> None:
        import numpy as np

        self._pool = pool
        self._nearness = nearness if len(pool) <= _SMALL else None
        self._near = np.zeros(len(pool))
        self._words: set[tuple[str, ...]] = set()
        self.add(chosen.nonzero()[0].tolist())

    def repeats(self, at: int) -> bool:
        """Whether unit *at* says what a chosen one says."""
        return bool(self._near[at] > _ALIKE) or self._pool.words[at] in self._words

    def add(self, units: Iterable[int]) -> None:
        """*units* were chosen."""
        import numpy as np

        for at in units:
            self._words.add(self._pool.words[at])
            if self._nearness is not None:
                np.maximum(self._near, self._nearness.to(at), out=self._near)


class _Tally:
    """The exact tokens of what is *chosen*; only the texts that changed are counted again."""

    def __init__(self, pool: Pool, chosen: NDArray[np.bool_], request: Request) -> None:
        self.chosen = chosen
        self._pool = pool
        self._request = request
        self._counts = [0] * len(pool.texts)
        self.total = self.changed(range(len(pool.texts)))

    def set(self, units: Sequence[int], stay: bool) -> int:
        """Choose *units*, or drop them; return the tokens of all that is chosen then."""
        self.chosen[list(units)] = stay
        return self.changed(set(self._pool.owner[list(units)].tolist()))

    def changed(self, texts: Iterable[int]) -> int:
        """Count *texts* again."""
        for number in texts:
            shown = joined(self._pool.texts[number], spans_of(self._pool, self.chosen, number))
            self._counts[number] = self._request.tokenizer.count(shown) if shown else 0
        self.total = sum(self._counts)
        return self.total


def _trim(pool: Pool, order: Sequence[int], tally: _Tally, limit: int) -> None:
    """Drop the lowest rated units until the exact count fits.

    As many are dropped at once as should do, and twice that each time it did not: counting after
    every one would take as long as the text times the units.
    """
    lowest = iter([at for at in reversed(order) if tally.chosen[at] and not pool.must[at]])
    more = 1
    while tally.total > limit:
        over, gone = (tally.total - limit) * more, list[int]()
        for at in lowest:
            gone.append(at)
            over -= max(int(pool.cost[at]), 1)
            if over <= 0:
                break
        if not gone:
            return
        tally.chosen[gone] = False
        tally.set([*gone, *_bare(pool, tally.chosen)], False)
        more *= 2


def _bare(pool: Pool, chosen: NDArray[np.bool_]) -> list[int]:
    """Chosen frames around nothing."""
    needed = {need for at, needs in pool.needs.items() if chosen[at] for need in needs}
    return [
        at
        for at in chosen.nonzero()[0].tolist()
        if pool.units[at].kind in FRAMES and at not in needed and not pool.must[at]
    ]


def _top_up(pool: Pool, order: Sequence[int], tally: _Tally, limit: int) -> None:
    """Try more units that the estimate left out, while the exact count fits.

    As many at once as should fit, and half as many where they did not.
    """
    misfits: set[int] = set()
    share = 1.0
    for _ in range(_TRIES):
        first, batch = _next(pool, order, tally.chosen, misfits, (limit - tally.total) * share)
        if not batch:
            return
        if tally.set(batch, True) <= limit:
            continue
        tally.set(batch, False)
        if len(first) > 1:
            share /= 2
        else:
            misfits.update(first)


def _next(
    pool: Pool,
    order: Sequence[int],
    chosen: NDArray[np.bool_],
    misfits: set[int],
    room: float,
) -> tuple[list[int], list[int]]:
    """The units that are next for *room* tokens, by themselves and with what frames them."""
    units, batch = list[int](), dict[int, None]()
    cost = pool.cost
    for at in order:
        if room <= 0:
            break
        if chosen[at] or at in misfits:
            continue
        group = [each for each in (at, *pool.needs.get(at, ())) if not chosen[each]]
        price = sum(int(cost[each]) for each in group if each not in batch)
        if 0 < price <= room:
            units.append(at)
            batch |= dict.fromkeys(group)
            room -= price
    return units, list(batch)
