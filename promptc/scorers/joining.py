"""From a model's tokens to those of a text: no white space around them, none overlapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from promptc.protocols import Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPACES = tuple(code for code in range(0x3001) if chr(code).isspace())


def joined(
    text: str,
    offsets: NDArray[np.int64],
    values: NDArray[np.float32],
    how: Literal["sum", "mean"],
) -> Scores:
    """Rate the parts of *text* that tokens at *offsets*, (n, 2), stand for, by their *values*.

    Tokens of white space alone are left out. Tokens that share a character, as the bytes of an
    emoji do, become one: with the sum of their bits, or with the mean of what is no surprisal.
    """
    import numpy as np

    starts, stops = _stripped(text, offsets)
    real = starts < stops
    starts, stops, values = starts[real], stops[real], values[real]
    if not len(starts):
        return Scores(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))
    furthest = np.maximum.accumulate(stops)
    opens = np.r_[True, starts[1:] >= furthest[:-1]]
    first = np.flatnonzero(opens)
    last = np.r_[first[1:], len(starts)] - 1
    sums = np.add.reduceat(values.astype(np.float64), first)
    if how == "mean":
        sums = sums / (last - first + 1)
    return Scores(np.stack([starts[first], furthest[last]], axis=1), sums.astype(np.float32))


def _stripped(text: str, offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each token starts and stops without the white space around it."""
    import numpy as np

    size = len(text)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    wide = np.zeros(_SPACES[-1] + 2, np.bool_)
    wide[list(_SPACES)] = True
    space = wide[np.minimum(codes, len(wide) - 1)]
    places = np.arange(size)
    ahead = np.r_[np.where(space, size, places), size]
    ahead = np.minimum.accumulate(ahead[::-1])[::-1]
    behind = np.r_[0, np.maximum.accumulate(np.where(space, 0, places + 1))]
    starts = np.minimum(ahead[offsets[:, 0]], offsets[:, 1])
    return starts, np.maximum(behind[offsets[:, 1]], starts)
