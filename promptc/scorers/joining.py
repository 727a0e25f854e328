"""From a model's tokens to those of texts: no white space around them, none overlapping."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from promptc.protocols import Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

How = Literal["sum", "mean"]
_AT_ONCE = 1 << 20
"""Characters of short texts that are taken together: for each there are some 40 bytes."""


class Rated(NamedTuple):
    """The tokens of a *text*, at *offsets*, (n, 2) characters, and the *values* of each, (n,)."""

    text: str
    offsets: NDArray[np.int64]
    values: NDArray[np.float32]


def joined(rated: Sequence[Rated], how: How) -> list[Scores]:
    """Rate the parts of each text that its tokens stand for, by their values.

    Tokens of white space alone are left out. Tokens that share a character, as the bytes of an
    emoji do, become one: with the sum of their bits, or with the mean of what is no surprisal.
    """
    return [scores for part in _parts(rated) for scores in _together(part, how)]


def _parts(rated: Sequence[Rated]) -> Iterator[Sequence[Rated]]:
    """Texts that are taken together."""
    start = size = 0
    for at, each in enumerate(rated):
        if size and size + len(each.text) > _AT_ONCE:
            yield rated[start:at]
            start, size = at, 0
        size += len(each.text)
    yield rated[start:]


def _together(rated: Sequence[Rated], how: How) -> Iterator[Scores]:
    """Take *rated* as one text, and part what comes out."""
    import numpy as np

    bases = list(accumulate((len(each.text) for each in rated), initial=0))
    offsets = [each.offsets + base for each, base in zip(rated, bases, strict=False)]
    if not any(map(len, offsets)):
        yield from (Scores(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)) for _ in rated)
        return
    text = "".join(each.text for each in rated)
    values = np.concatenate([each.values for each in rated])
    spans, bits = _joined(text, np.concatenate(offsets), values, how)
    edges = np.searchsorted(spans[:, 0], bases).tolist()
    for base, start, stop in zip(bases, edges, edges[1:], strict=False):
        yield Scores(spans[start:stop] - base, bits[start:stop])


def _joined(
    text: str, offsets: NDArray[np.int64], values: NDArray[np.float32], how: How
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    import numpy as np

    starts, stops = _stripped(text, offsets)
    real = starts < stops
    starts, stops, values = starts[real], stops[real], values[real]
    furthest = np.maximum.accumulate(stops)
    opens = np.ones(len(starts), np.bool_)
    np.greater_equal(starts[1:], furthest[:-1], out=opens[1:])
    if opens.all():
        return np.stack([starts, stops], axis=1), values.astype(np.float32)
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(starts)) - 1
    sums = np.add.reduceat(values.astype(np.float64), first)
    if how == "mean":
        sums = sums / (last - first + 1)
    return np.stack([starts[first], furthest[last]], axis=1), sums.astype(np.float32)


def _stripped(text: str, offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each token starts and stops without the white space around it."""
    import numpy as np

    size, wide = len(text), _spaces()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    space = wide[np.minimum(codes, len(wide) - 1)]
    places = np.arange(size + 1)
    # The next place that is no space, from each on; and how far the last one before each reaches.
    ahead, behind = places.copy(), places.copy()
    ahead[:-1][space] = size
    behind[1:][space] = 0
    ahead = np.minimum.accumulate(ahead[::-1])[::-1]
    behind = np.maximum.accumulate(behind)
    starts = np.minimum(ahead[offsets[:, 0]], offsets[:, 1])
    return starts, np.maximum(behind[offsets[:, 1]], starts)


@functools.cache
def _spaces() -> NDArray[np.bool_]:
    """Which characters are white space, the last entry standing for all that come after."""
    import numpy as np

    return np.array([chr(code).isspace() for code in range(0x3002)], np.bool_)
