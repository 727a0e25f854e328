"""Cut the tokens of a text into windows that a model can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Window(NamedTuple):
    """Tokens *start* to *stop*; those before *fresh* were rated in the window before."""

    start: int
    fresh: int
    stop: int


def strides(total: int, size: int, stride: int) -> Iterator[Window]:
    """Windows of at most *size* tokens, each *stride* after the one before.

    Every token is fresh in exactly one, with at least *size* - *stride* tokens before it there,
    or all that there are.

    >>> [tuple(each) for each in strides(10, 4, 3)]
    [(0, 0, 4), (3, 4, 7), (6, 7, 10)]
    """
    start = fresh = 0
    while fresh < total:
        stop = min(start + size, total)
        yield Window(start, fresh, stop)
        start, fresh = start + stride, stop


def sentences(ends: NDArray[np.bool_], words: NDArray[np.bool_], size: int) -> Iterator[Window]:
    """Windows of at most *size* tokens, none overlapping, each to the last end that fits.

    *ends*, (n,), are tokens that end a sentence or a line; where the second half of a window has
    none it ends before the last word that *words*, (n,), says begins there.
    """
    import numpy as np

    total, start = len(ends), 0
    while total - start > size:
        middle, edge = start + size // 2, start + size
        found = np.flatnonzero(ends[middle:edge])
        stop = middle + int(found[-1]) + 1 if len(found) else edge
        if not len(found):
            begun = np.flatnonzero(words[middle + 1 : edge + 1])
            stop = middle + 1 + int(begun[-1]) if len(begun) else edge
        yield Window(start, start, stop)
        start = stop
    if start < total:
        yield Window(start, start, total)
