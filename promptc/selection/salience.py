"""How much each unit of a pool may matter where no question is known.

What stands early in its text matters most: on dev questions that the compressor did not see, the
lead of each text kept more answers than any other signal. Words that a reader could not have
guessed, and nearness to what the whole text is about, part what position leaves even.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from promptc.protocols import Scores
from promptc.selection.pool import Pool, summed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Weights, each of a signal that is scaled to mean 0 and deviation 1 over the pool.
POSITION, SURPRISAL, CENTRALITY = 1.0, 0.02, 0.02


def salience(
    pool: Pool, vectors: NDArray[np.float64], scores: Sequence[Scores]
) -> NDArray[np.float64]:
    """Rate each unit of *pool*, (n,): *vectors* are (n, dims), *scores* those of each text."""
    import numpy as np

    first = np.array(pool.firsts, np.float64)[pool.owner]
    position = -np.log1p(np.arange(len(pool)) - first)
    means = summed(pool, vectors)
    central = np.einsum("ij,ij->i", vectors, means[pool.owner])
    rated = POSITION * _scaled(position) + SURPRISAL * _scaled(_bits_per_token(pool, scores))
    return np.asarray(np.round(rated + CENTRALITY * _scaled(central), 3))


def _bits_per_token(pool: Pool, scores: Sequence[Scores]) -> NDArray[np.float64]:
    """The surprisal of each unit by its tokens."""
    import numpy as np

    bits = np.zeros(len(pool))
    for number, each in enumerate(scores):
        first, stop = pool.firsts[number], pool.firsts[number + 1]
        if first == stop or not len(each.bits):
            continue
        starts = [unit.span.start for unit in pool.units[first:stop]]
        at = np.searchsorted(starts, each.spans[:, 0], side="right") - 1
        np.add.at(bits, first + at, each.bits)
    return np.asarray(bits / np.maximum(pool.cost, 1))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    deviation = float(values.std()) if len(values) else 0.0
    return np.asarray((values - values.mean()) / deviation if deviation else np.zeros(len(values)))
