"""Sentence vectors without a network: the mean of one stored vector per word piece.

The vectors were distilled from all-MiniLM-L6-v2 (``training/embedder.py``). A row is 256 integers
of 8 bits times an integer of its own, its scale, so sums are exact: the vector of a text does not
depend on the other texts of a call, on threads or on the order in which a machine adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from promptc.models.packed import Model
from promptc.models.wordpiece import WordPiece
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The largest scale, and the words summed at once. 512 rows of 127 times 255 stay below 2 ** 24, up
# to which 32-bit floats hold every integer: the sums of a chunk are exact in any order.
LARGEST_SCALE = 255
_CHUNK = 512


class StaticEmbedder:
    """Maps texts to vectors by the words in them; their order counts for nothing.

    Safe to use from many threads. *version* is the checksum of the weights.
    """

    model = "static"

    def __init__(self, model: Model) -> None:
        import numpy as np

        self.name: str = model.facts["name"]
        self.version = model.version
        self._rows = model.arrays["rows"]
        self._scales = model.arrays["scales"].astype(np.float32)
        self.dims: int = self._rows.shape[1]
        self._pieces = WordPiece(model.index("pieces"))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed *texts*: (n, dims), rows of length 1, or 0 where a text has no known word."""
        import numpy as np

        ids = [self._pieces.ids(text) for text in texts]
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        flat = np.fromiter(chain.from_iterable(ids), np.int32, int(lengths.sum()))
        return self._means(flat, np.repeat(np.arange(len(ids)), lengths), len(ids))

    def embed_spans(self, text: str, spans: Iterable[Span]) -> NDArray[np.float32]:
        """Embed the parts of *text* at *spans*: (n, dims), as `embed` does with each part.

        The spans are in order and don't overlap. A word belongs to the span in which it starts.
        """
        import numpy as np

        edges = np.array([(start, end) for start, end in spans], np.int64).reshape(-1, 2)
        ids, starts = self._pieces.pieces(text)
        owners = np.searchsorted(edges[:, 0], starts, side="right") - 1
        inside = owners >= 0
        inside[inside] = starts[inside] < edges[owners[inside], 1]
        return self._means(ids[inside], owners[inside], len(edges))

    def matches(
        self, query: str, texts: Sequence[str], rarity: Callable[[str], float] = lambda _: 1.0
    ) -> NDArray[np.float64]:
        """How well each of *texts* has something like every word of *query*: (n,), at most 1.

        For each piece of the query its cosine with the nearest piece of the text, and of these the
        mean, weighted by the *rarity* of its word and by the length of the piece's vector, which
        is small for common words (late interaction: Khattab and Zaharia 2020, with vectors that
        know no context).
        """
        import numpy as np

        weights = self._weights(query, rarity)
        asked = np.array(sorted(weights), np.int32)
        ids = [np.unique(self._pieces.ids(text)) for text in texts]
        known = np.array([at for at, each in enumerate(ids) if len(each)], np.int64)
        found = np.zeros(len(ids))
        if not len(asked) or not len(known):
            return found
        sizes = np.array([len(ids[at]) for at in known])
        pieces, places = np.unique(np.concatenate([ids[at] for at in known]), return_inverse=True)
        wanted, lengths = self._directions(asked)
        # Not a product of matrices: BLAS may start threads for one and wait for them.
        near = np.einsum("id,jd->ij", wanted, self._directions(pieces)[0])[:, places]
        best = np.maximum.reduceat(near, np.cumsum(sizes) - sizes, axis=1)
        weighed = lengths * [weights[at] for at in asked.tolist()]
        found[known] = np.einsum("i,ij->j", weighed / weighed.sum(), best)
        return found

    def _weights(self, query: str, rarity: Callable[[str], float]) -> dict[int, float]:
        """The pieces of *query*, each with the rarity of its rarest word."""
        found: dict[int, float] = {}
        for word, ids in self._pieces.words(query):
            weight = rarity(word)
            for at in ids:
                found[at] = max(weight, found.get(at, 0.0))
        return found

    def _directions(
        self, ids: NDArray[np.int32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The vectors of pieces scaled to length 1, (n, dims), and their lengths, (n,)."""
        import numpy as np

        rows = self._rows[ids].astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows)).clip(min=1e-9)
        return rows / lengths[:, None], (lengths * self._scales[ids]).astype(np.float64)

    def _means(
        self, ids: NDArray[np.int32], owners: NDArray[np.int64], count: int
    ) -> NDArray[np.float32]:
        """The direction of the sum of rows *ids* for each of *count* owners, which are in order."""
        import numpy as np

        sums = np.zeros((count, self.dims))
        turns = np.flatnonzero(np.diff(owners)) + 1
        for first, last in pairwise([0, *turns.tolist(), len(ids)]):
            for start in range(first, last, _CHUNK):
                some = ids[start : min(start + _CHUNK, last)]
                rows = self._rows[some].astype(np.float32)
                # Not a product of matrices: BLAS may start threads for one and wait for them.
                sums[owners[first]] += np.einsum("k,kd->d", self._scales[some], rows)
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        return (sums / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)


def quantize(vectors: NDArray[np.floating]) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    """Write *vectors* as rows of 8 bits and a scale for each, times one constant.

    A row's error is at most 1/254 of its largest component, and that of its scale at most half of
    1/255 of the largest scale.
    """
    import numpy as np

    largest = np.abs(vectors.astype(np.float64)).max(axis=1)
    step = max(float(largest.max(initial=0)), np.finfo(np.float64).tiny) / LARGEST_SCALE
    scales = np.ceil(largest / step).clip(max=LARGEST_SCALE)
    rows = np.rint(vectors / (np.maximum(scales, 1) * step)[:, None] * 127)
    return rows.astype(np.int8), scales.astype(np.uint8)
