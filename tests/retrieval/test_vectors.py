"""FAISS finds what comparing every vector finds."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from promptc.errors import IndexFileError
from promptc.retrieval import vectors


def drawn(count: int, dims: int = 16, seed: int = 1) -> NDArray[np.float32]:
    """Vectors in some groups, rows of length 1, in 16 bits."""
    draw = np.random.default_rng(seed)
    centers = draw.normal(size=(max(count // 50, 1), dims))
    rows = centers[draw.integers(len(centers), size=count)] + draw.normal(0, 0.2, (count, dims))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors.rounded(unit.astype(np.float32))


def nearest(rows: NDArray[np.float32], query: NDArray[np.float32], most: int) -> list[int]:
    found: list[int] = np.argsort(-(rows @ query), kind="stable")[:most].tolist()
    return found


def test_a_small_index_compares_all() -> None:
    rows = drawn(500)
    index = vectors.build(rows)
    assert (index.lists, index.probes, len(index)) == (0, 0, 500)
    for query in drawn(20, seed=2):
        assert index.search(query, 5).numbers.tolist() == nearest(rows, query, 5)


def test_a_search_uses_the_calling_thread_alone_and_leaves_the_setting() -> None:
    used: list[int] = []

    class Recording:
        ntotal = 3

        def search(self, query: NDArray[np.float32], most: int) -> tuple[NDArray[np.float32], ...]:
            used.append(faiss.omp_get_max_threads())
            return np.zeros((1, most), np.float32), np.zeros((1, most), np.int64)

    faiss.omp_set_num_threads(2)
    vectors.Vectors(Recording()).search(np.zeros(4, np.float32), 1)
    assert (used, faiss.omp_get_max_threads()) == ([1], 2)


def test_a_large_index_reads_lists_and_finds_nine_of_ten() -> None:
    rows = drawn(6_000)
    index = vectors.build(rows, flat_most=1_000)
    assert 0 < index.probes < index.lists
    asked = drawn(60, seed=1)[::3]
    same = sum(
        len(set(index.search(query, 10).numbers.tolist()) & set(nearest(rows, query, 10)))
        for query in asked
    )
    assert same >= 9 * len(asked)


@pytest.mark.parametrize("flat_most", [10_000, 100])
def test_vectors_come_back_as_they_were(tmp_path: Path, flat_most: int) -> None:
    rows = drawn(3_000)
    path = tmp_path / "vectors.faiss"
    path.write_bytes(vectors.build(rows, flat_most).data())
    read = vectors.read(path)
    numbers = np.array([7, 0, 2_999, 7])
    assert np.array_equal(read.rows(numbers), rows[numbers])
    query = drawn(1, seed=3)[0]
    built = vectors.build(rows, flat_most)
    assert read.search(query, 10).numbers.tolist() == built.search(query, 10).numbers.tolist()
    assert (read.lists, read.probes) == (built.lists, built.probes)


def test_fewer_are_found_where_there_are_fewer() -> None:
    assert len(vectors.build(drawn(3)).search(drawn(1)[0], 10).numbers) == 3
    assert len(vectors.build(np.zeros((0, 16), np.float32)).search(drawn(1)[0], 10).numbers) == 0


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(IndexFileError, match=r"vectors\.faiss: FAISS can't read it"):
        vectors.read(path)
