"""The units of several texts as one pool, with what each costs and which ones need others."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from promptc.analysis.textlines import UnitKind
from promptc.analysis.textunits import Unit, textunits
from promptc.protocols import Request
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Units that say nothing by themselves; they are kept beside what they frame.
FRAMES = frozenset({UnitKind.FENCE, UnitKind.RULE, UnitKind.TAG, UnitKind.BLANK})
_WORD = re.compile(r"\w+")
_FRAMED = frozenset({UnitKind.CODE, UnitKind.ROW})


@dataclass(frozen=True)
class Pool:
    """All units of *texts*, in order. *owner* is the text of each, *block* its paragraph, counted
    over all texts; *cost* its tokens with the white space before it; *must* whether it stays.
    *keep* lists, per text, the spans for which it does.

    All arrays are (n,), n units.
    """

    texts: tuple[str, ...]
    units: tuple[Unit, ...]
    owner: NDArray[np.intp]
    block: NDArray[np.intp]
    cost: NDArray[np.int64]
    must: NDArray[np.bool_]
    keep: tuple[tuple[Span, ...], ...]

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def cores(self) -> tuple[Span, ...]:
        """Each unit without the white space around it."""
        return tuple(
            unit.span.stripped(self.texts[owner])
            for owner, unit in zip(self.owner.tolist(), self.units, strict=True)
        )

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """For each text the number of its first unit, and the number of units at the end."""
        owners = self.owner.tolist()
        return tuple(bisect_left(owners, at) for at in range(len(self.texts) + 1))

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The words of each unit, case folded."""
        texts = self.texts
        return tuple(
            tuple(_WORD.findall(texts[owner][slice(*core)].casefold()))
            for owner, core in zip(self.owner.tolist(), self.cores, strict=True)
        )

    @cached_property
    def needs(self) -> dict[int, tuple[int, ...]]:
        """What must stay if a unit does: the fences of its code, the head of its table."""
        frames: dict[int, list[int]] = {}
        blocks = self.block.tolist()
        for at, unit in enumerate(self.units):
            if unit.kind in FRAMES:
                frames.setdefault(blocks[at], []).append(at)
        shared = {block: tuple(each) for block, each in frames.items()}
        return {
            at: shared[blocks[at]]
            for at, unit in enumerate(self.units)
            if unit.kind in _FRAMED and blocks[at] in shared
        }

    def heading(self, at: int) -> int:
        """The number of the heading that unit *at* stands under; -1 where there is none."""
        section = self.units[at].section
        return self.firsts[int(self.owner[at])] + section if section >= 0 else -1


def summed(pool: Pool, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of the *vectors*, (n, dims), of each text's units: (texts, dims)."""
    import numpy as np

    sums = np.zeros((len(pool.texts), vectors.shape[1]))
    for number, (first, stop) in enumerate(pairwise(pool.firsts)):
        sums[number] = vectors[first:stop].sum(axis=0)
    return sums


def pool(texts: Sequence[str], request: Request) -> Pool:
    """Cut *texts* into units and count them."""
    import numpy as np

    units: list[Unit] = []
    owner, block, cost, must = list[int](), list[int](), list[int](), list[bool]()
    blocks = 0
    keep = request.keep or ((),) * len(texts)
    for number, text in enumerate(texts):
        found = textunits(text)
        units += found
        owner += [number] * len(found)
        block += [blocks + unit.block for unit in found]
        blocks += found[-1].block + 1 if found else 0
        cost += _costs(text, found, request)
        must += _met(found, keep[number])
    return Pool(
        tuple(texts),
        tuple(units),
        np.array(owner, np.intp),
        np.array(block, np.intp),
        np.array(cost, np.int64),
        np.array(must, np.bool_),
        tuple(keep),
    )


def _costs(text: str, units: Sequence[Unit], request: Request) -> Iterator[int]:
    """Tokens of each unit with the white space before it, as it mostly is when units are joined."""
    count = request.tokenizer.count
    end = 0
    for unit in units:
        core = unit.span.stripped(text)
        yield count(text[end : core.stop]) if core.start < core.stop else 0
        end = core.stop if core.start < core.stop else end


def _met(units: Sequence[Unit], kept: Sequence[Span]) -> list[bool]:
    """Whether each unit shares a character with one of *kept*."""
    starts = [unit.span.start for unit in units]
    found = [False] * len(units)
    for span in kept:
        first = max(bisect_right(starts, span.start) - 1, 0)
        for at in range(first, bisect_left(starts, span.stop)):
            found[at] = True
    return found
