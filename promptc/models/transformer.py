"""A BERT encoder whose vectors have the same bits on every machine.

Sums are sums of whole numbers so small that 32-bit floats hold each of them, and each partial sum,
without rounding: the order in which a library or a processor adds them is of no account. All the
rest is one operation at a time, rounded as IEEE 754 says, or a look-up in a table. So the vector of
a text depends neither on the texts beside it nor on threads nor on the machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from promptc.models.packed import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT = 2**24
"""Up to here 32-bit floats hold every whole number."""
STEPS = 4096
"""What is between layers is rounded to whole multiples of 1/4096."""
ROWS = 12
"""Tokens that are multiplied at once.

A product so small is done in the calling thread by every BLAS, and in OpenBLAS it skips the packing
of its operands: for few tokens twice as fast as one product of all.
"""
BLOCK = 2 * ROWS
"""Tokens that go from one array to the next: few, so that all of these stay in a cache."""
PRODUCTS = ("attention", "attended", "up", "down")

_VALUES, _SHARES = 1000, 2**14
"""Levels of values and of attention: their product, and what rounding adds to it, is exact."""
_FINE, _FAR, _WIDE = 1024, 12, 8
"""Entries of a table for each 1, where e to the -x ends, and where GELU is a straight line."""
_PAIRS = 2**15
"""Pairs of tokens, by head, compared at once: few, so that cache and calling thread do for them."""
_EPSILON = 1e-12
_TINY = 1e-9
_POOLED = 2**16


class Product(NamedTuple):
    """A matrix of 8 bits: *tiles* (columns / width, rows, width), *scales* and *bias* (columns,).

    *levels* is the largest whole number that a factor may have.
    """

    tiles: NDArray[np.float32]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    levels: int


class Layer(NamedTuple):
    """What the text of one layer passes: products, and a gain and a shift after each half."""

    attention: Product
    attended: Product
    up: Product
    down: Product
    halfway: NDArray[np.float32]
    end: NDArray[np.float32]


class Transformer:
    """Maps tokens to vectors by BERT's layers, with weights of 8 bits. Safe for many threads."""

    def __init__(self, model: Model) -> None:
        import numpy as np

        arrays = model.arrays
        self.heads = int(model.facts["heads"])
        self._words, self._scales = arrays["words"], arrays["words.scales"]
        self._positions = arrays["positions"]
        self._first = arrays["words.norm"]
        self._layers = [_layer(model, number) for number in range(int(model.facts["layers"]))]
        self.dims = int(self._words.shape[1])
        self._sharpness = math.isqrt((EXACT - 1) // (self.dims // self.heads))
        self.longest = len(self._positions)
        self._falling = np.rint(np.exp(-np.arange(_FAR * _FINE) / _FINE) * _SHARES)
        self._falling = np.append(self._falling, 0).astype(np.float32)
        self._bend = _bend()

    def sums(self, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """The sum of the vectors of the tokens of each of *rows*: (n, dims).

        None of *rows* is empty or longer than *longest*.
        """
        import numpy as np

        ids, lengths = np.concatenate(rows), np.array([len(row) for row in rows])
        ends = np.cumsum(lengths)
        starts = ends - lengths
        places = np.concatenate([np.arange(length) for length in lengths])
        shown = self._words[ids] * self._scales[ids][:, None] + self._positions[places]
        shown = _norm(shown, self._first)
        parts = list(zip(starts.tolist(), ends.tolist(), strict=True))
        asked = np.empty((len(shown), 3 * self.dims), np.float32)
        taken = np.empty_like(shown)
        for layer in self._layers:
            for some in _blocks(len(shown)):
                asked[some] = _times(shown[some], layer.attention)
            for start, end in parts:
                self._attend(asked[start:end], taken[start:end])
            for some in _blocks(len(shown)):
                shown[some] = self._fed(shown[some] + _times(taken[some], layer.attended), layer)
        found: NDArray[np.float64] = np.add.reduceat(shown.astype(np.float64), starts, axis=0)
        return found

    def _attend(self, asked: NDArray[np.float32], taken: NDArray[np.float32]) -> None:
        """Put what each token takes from all of a text into *taken*, (n, dims).

        *asked* is (n, 3 dims): queries, keys and values.
        """
        import numpy as np

        count, dims = taken.shape
        queries, query_steps = _whole(asked[:, :dims], self._sharpness)
        keys, key_steps = _whole(asked[:, dims : 2 * dims], self._sharpness)
        values, value_steps = _whole(asked[:, 2 * dims :].T, _VALUES)
        query_steps *= np.float32(_FINE / math.sqrt(dims // self.heads))
        split = (self._split(each) for each in (queries, keys, values.T, taken))
        queries, keys, values, found = split
        keys = np.ascontiguousarray(keys.swapaxes(1, 2))
        together = max(_PAIRS // (self.heads * count), 1)
        for first in range(0, count, together):
            some = slice(first, first + together)
            far = queries[:, some] @ keys
            far *= key_steps
            np.subtract(far.max(axis=2)[:, :, None], far, out=far)
            far *= query_steps[some, None]
            shares = self._falling.take(far.astype(np.int32), mode="clip")
            shares *= (np.float32(_SHARES) / shares.sum(axis=2))[:, :, None]
            np.matmul(np.rint(shares, out=shares), values, out=found[:, some])
        taken *= value_steps / np.float32(_SHARES)

    def _split(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """*rows*, (n, dims), by head: (heads, n, dims / heads), a view."""
        return rows.reshape(len(rows), self.heads, -1).transpose(1, 0, 2)

    def _fed(self, rows: NDArray[np.float32], layer: Layer) -> NDArray[np.float32]:
        half = _norm(rows, layer.halfway)
        return _norm(half + _times(self._gelu(_times(half, layer.up)), layer.down), layer.end)

    def _gelu(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gaussian error linear units (Hendrycks and Gimpel 2016): a ramp with a bend at 0."""
        import numpy as np

        away = np.abs(rows)
        away *= np.float32(_FINE)
        found = self._bend.take(away.astype(np.int32), mode="clip")
        found += np.maximum(rows, 0, out=rows)
        return found


def _layer(model: Model, number: int) -> Layer:
    import numpy as np

    arrays = model.arrays
    attention, attended, up, down = (
        Product(
            arrays[name].astype(np.float32),
            arrays[f"{name}.scales"],
            arrays[f"{name}.bias"],
            int(arrays[f"{name}.levels"]),
        )
        for name in (f"{number}.{product}" for product in PRODUCTS)
    )
    halfway, end = (arrays[f"{number}.{name}.norm"] for name in ("halfway", "end"))
    return Layer(attention, attended, up, down, halfway, end)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK))


def _times(rows: NDArray[np.float32], product: Product) -> NDArray[np.float32]:
    """*rows*, (n, k), times the matrix: (n, columns)."""
    import numpy as np

    count, (tiles, deep, width) = len(rows), product.tiles.shape
    groups = -(-count // ROWS)
    numbers, steps = _whole(rows, product.levels)
    if count < groups * ROWS:
        numbers = np.concatenate([numbers, np.zeros((groups * ROWS - count, deep), np.float32)])
    found = np.empty((groups * ROWS, tiles * width), np.float32)
    np.matmul(
        numbers.reshape(groups, 1, ROWS, deep),
        product.tiles,
        out=found.reshape(groups, ROWS, tiles, width).transpose(0, 2, 1, 3),
    )
    found = found[:count]
    found *= steps[:, None]
    found *= product.scales
    found += product.bias
    return found


def _whole(
    rows: NDArray[np.float32], levels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Whole numbers from -*levels* to *levels* in proportion to each row, and a step of each."""
    import numpy as np

    most = np.maximum(rows.max(axis=1), -rows.min(axis=1)).clip(min=np.float32(_TINY))
    numbers = rows * (np.float32(levels) / most)[:, None]
    return np.rint(numbers, out=numbers), most / np.float32(levels)


def _norm(rows: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each of *rows*, in place, to mean 0 and variance 1; *weights* are gain and shift."""
    import numpy as np

    rows = _stepped(rows)
    means = rows.sum(axis=1, dtype=np.float64) / rows.shape[1]
    rows -= (np.rint(means * STEPS) / STEPS).astype(np.float32)[:, None]
    variance = np.square(rows, dtype=np.float64).sum(axis=1) / rows.shape[1]
    rows *= (1 / np.sqrt(variance + _EPSILON)).astype(np.float32)[:, None]
    rows *= weights[0]
    rows += weights[1]
    return _stepped(rows)


def _stepped(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round *rows*, in place, to whole steps: sums of few are exact, and so are their squares."""
    import numpy as np

    rows *= np.float32(STEPS)
    np.rint(rows, out=rows)
    rows *= np.float32(1 / STEPS)
    return rows


def _bend() -> NDArray[np.float32]:
    """How far GELU is below the ramp max(x, 0), by |x|: -|x| Φ(-|x|)."""
    import numpy as np

    away = [(entry + 0.5) / _FINE for entry in range(_WIDE * _FINE)]
    return np.array([-x * math.erfc(x / math.sqrt(2)) / 2 for x in away] + [0], np.float32)


def quantized(matrix: NDArray[np.floating], width: int) -> dict[str, NDArray[Any]]:
    """What a file holds of *matrix*, (columns, rows): whole numbers of 8 bits and their scales.

    The levels of what is multiplied with it are the most at which every sum is exact.
    """
    import numpy as np

    numbers, scales = eight_bits(matrix)
    columns, rows = matrix.shape
    return {
        "": numbers.T.reshape(rows, columns // width, width).swapaxes(0, 1).astype(np.int8),
        ".scales": scales,
        ".levels": np.array((EXACT - 1) // int(np.abs(numbers).sum(axis=1).max()), np.int32),
    }


def eight_bits(
    matrix: NDArray[np.floating],
) -> tuple[NDArray[np.floating], NDArray[np.float32]]:
    """Whole numbers from -127 to 127 for each row of *matrix*, and what 1 is in each."""
    import numpy as np

    scales = np.abs(matrix).max(axis=1).clip(min=_TINY) / 127
    return np.rint(matrix / scales[:, None]), scales.astype(np.float32)


def pooled(sums: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """The directions of the means of *counts* vectors, (n, dims), of which *sums* are given."""
    import numpy as np

    means = np.rint(sums / counts[:, None] * _POOLED)
    lengths = np.sqrt(np.square(means).sum(axis=1)).clip(min=_TINY)
    found: NDArray[np.float32] = (means / lengths[:, None]).astype(np.float32)
    return found
