"""The vectors of passages in FAISS: every one compared while they are few, else the nearest lists.

Vectors are kept in 16 bits, and rounded to them before anything compares them, so a vector that was
taken over from an earlier index is the one that would have been made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from promptc.errors import IndexFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAT_MOST = 20_000
"""Up to so many vectors all are compared."""
PROBED = 0.95
"""The recall of the ten nearest at which enough lists are searched; measured at each build."""

_TRAINED, _ROUNDS = 40, 10
_ASKED = 200
_SEED = 1
_WIDER = 32
"""How many times the lists that passages need are read: questions lie farther from them."""


class Near(NamedTuple):
    """Numbers of vectors, the nearest first, and their cosines; both (n,)."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]


class Vectors:
    """An index of vectors that can be searched from many threads."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.lists: int = getattr(index, "nlist", 0)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def probes(self) -> int:
        """How many lists a search reads; 0 where all vectors are compared."""
        return int(self._index.nprobe) if self.lists else 0

    def search(self, query: NDArray[np.float32], most: int) -> Near:
        """The *most* nearest to *query*, (dims,); fewer where there are fewer."""
        with _one_thread():
            scores, numbers = self._index.search(query[None, :], max(min(most, len(self)), 1))
        known = numbers[0] >= 0
        return Near(numbers[0][known], scores[0][known])

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of those *numbers*, (n, dims)."""
        found: NDArray[np.float32] = self._index.reconstruct_batch(numbers)
        return found

    def data(self) -> bytes:
        """The index as a file holds it."""
        import faiss

        return bytes(faiss.serialize_index(self._index))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have FAISS use the calling thread alone.

    Threads for one query wait longer for each other than a search takes: on a busy machine a
    hundred times as long. The setting is the calling thread's own.
    """
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def rounded(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """*vectors* as 16 bits hold them."""
    import numpy as np

    return vectors.astype(np.float16).astype(np.float32)


def build(vectors: NDArray[np.float32], flat_most: int = FLAT_MOST) -> Vectors:
    """Index *vectors*, (n, dims), which are `rounded`."""
    import faiss

    count, dims = vectors.shape
    index: Any
    kind, inner = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    if count <= flat_most:
        index = faiss.IndexScalarQuantizer(dims, kind, inner)
        index.add(vectors)
        return Vectors(index)
    lists = int(count**0.5)
    coarse = faiss.IndexFlatIP(dims)
    index = faiss.IndexIVFScalarQuantizer(coarse, dims, lists, kind, inner, False)
    index.cp.seed, index.cp.niter = _SEED, _ROUNDS
    index.cp.max_points_per_centroid = _TRAINED
    index.train(vectors[:: max(count // (lists * _TRAINED), 1)])
    index.add(vectors)
    index.make_direct_map()
    index.nprobe = min(_WIDER * _probes(index, vectors), lists)
    return Vectors(index)


def _probes(index: Any, vectors: NDArray[np.float32]) -> int:
    """The fewest lists, doubled from 1, whose ten nearest are those of all lists."""
    asked = vectors[:: max(len(vectors) // _ASKED, 1)][:_ASKED]
    index.nprobe = index.nlist
    _, wanted = index.search(asked, 10)
    probes = 1
    while probes < index.nlist:
        index.nprobe = probes
        _, found = index.search(asked, 10)
        same = sum(
            len(set(a) & set(b)) for a, b in zip(wanted.tolist(), found.tolist(), strict=True)
        )
        if same >= PROBED * wanted.size:
            break
        probes *= 2
    return min(probes, int(index.nlist))


def read(path: Path) -> Vectors:
    """Map the file *path* into memory; raise `IndexFileError` where FAISS can't read it."""
    import faiss

    try:
        return Vectors(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
    except RuntimeError as error:
        raise IndexFileError(f"{path}: FAISS can't read it; build the index again") from error
