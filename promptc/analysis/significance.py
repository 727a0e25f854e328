"""What paired verdicts prove: the difference, its interval, and the least that could be shown."""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959964
"""The 97.5 % quantile of the normal distribution: intervals of 95 %."""
POWER = 0.841621
"""The 80 % quantile: a difference that is there is to be found four times in five."""


class Difference(NamedTuple):
    """How much more often the second of two was preferred, in [-1, 1], with its 95 % interval.

    *least* is the smallest difference that as many verdicts could show with a power of 80 %.
    """

    n: int
    value: float
    low: float
    high: float
    least: float


def difference(better: int, worse: int, same: int) -> Difference:
    """Estimate from *better* wins, *worse* losses and *same* ties of the second.

    Agresti and Min (2005), "Simple improved confidence intervals for comparing matched
    proportions": half a verdict is added to each of the four cells of a matched pair.

    >>> found = difference(1, 3, 16)
    >>> found.n, found.value, round(found.low, 2), round(found.high, 2)
    (20, -0.1, -0.29, 0.1)
    """
    n = better + worse + same
    if n == 0:
        return Difference(0, 0.0, -1.0, 1.0, 1.0)
    wins, losses, size = better + 0.5, worse + 0.5, n + 2
    middle = (wins - losses) / size
    spread = math.sqrt(max(wins + losses - (wins - losses) ** 2 / size, 0.0)) / size
    least = (Z + POWER) * math.sqrt((wins + losses) / size) / math.sqrt(n)
    return Difference(
        n,
        (better - worse) / n,
        max(-1.0, middle - Z * spread),
        min(1.0, middle + Z * spread),
        min(1.0, least),
    )
