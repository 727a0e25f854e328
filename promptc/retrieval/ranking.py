"""Order passages: the best of many scores, thinned by novelty."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOVELTY = 0.05
"""What likeness to a passage that was taken costs, as a share of the best score."""


def best(scores: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """The numbers of the *most* highest of *scores* above 0, the best first, ties by number."""
    import numpy as np

    numbers = np.flatnonzero(scores > 0)
    if len(numbers) > most:
        some = scores[numbers]
        numbers = numbers[some >= np.partition(some, -most)[-most]]
    return numbers[np.argsort(-scores[numbers], kind="stable")][:most]


def novel(scores: NDArray[np.float64], vectors: NDArray[np.float32], most: int) -> list[int]:
    """Positions by maximal marginal relevance (Carbonell and Goldstein 1998), the best first.

    *scores* are (n,), in [0, 1]; *vectors* (n, dims), rows of length 1. A passage loses by its
    likeness to the nearest that was taken.
    """
    import numpy as np

    left = scores.astype(np.float64).copy()
    nearest = np.zeros(len(scores))
    found: list[int] = []
    while len(found) < min(most, len(scores)):
        at = int(np.argmax(np.where(np.isneginf(left), -np.inf, left - NOVELTY * nearest)))
        found.append(at)
        left[at] = -np.inf
        nearest = np.maximum(nearest, np.einsum("ij,j->i", vectors, vectors[at]))
    return found
