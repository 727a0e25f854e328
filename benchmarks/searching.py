"""Speed and size of an index: python -m benchmarks.searching --collections DIR.

Passages of real collections are embedded, and repeated with noise up to a million vectors. Measured
are the recall of the ten nearest against comparing all, the time of a search by vectors and of one
by words and vectors, the time to build and to load, the size, and the first search after loading.
Times are of CPU, in all threads, since the machine is shared.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import save
from benchmarks.retrieving.sets import COLLECTIONS, collection
from benchmarks.retrieving.units import TOKENIZER
from promptc.models import embedder
from promptc.passages import Document
from promptc.retrieval import Index, ranking, vectors, words
from promptc.retrieval.table import indexed
from promptc.retrieval.vectors import Vectors

NOISE = 0.02
ASKED = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collections", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    corpora = [each for name in COLLECTIONS for each in collection(args.collections, name)]
    documents = [
        Document(f"{number}/{document.name}", document.text)
        for number, corpus in enumerate(corpora)
        for document in corpus.documents
    ]
    asked = [each.text for corpus in corpora for each in corpus.asked]
    asked = asked[:: max(len(asked) // ASKED, 1)][:ASKED]
    built, seconds = _timed(lambda: Index.build(documents, TOKENIZER))
    found: dict[str, Any] = {"whole index": whole(built, documents, seconds, asked)}
    base = built.vectors.rows(np.arange(len(built)))
    rows = [words.terms(indexed(built.table[number])) for number in range(len(built))]
    for size in args.sizes:
        found[f"{size:,} vectors"] = grown(base, rows, asked, size)
        print(size, found[f"{size:,} vectors"], flush=True)
    save("searching", found, args.out)


def whole(
    built: Index, documents: Sequence[Document], seconds: float, asked: Sequence[str]
) -> dict[str, Any]:
    """Save, load, search and build again the index of all *documents*, built in *seconds*."""
    megabytes = sum(len(each.text.encode()) for each in documents) / 1e6
    folder = Path(tempfile.mkdtemp())
    try:
        built.save(folder / "index")
        size = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
        opened, load = _timed(lambda: Index.open(folder / "index"))
        _, first = _timed(lambda: opened.search(asked[0], 4, 600, TOKENIZER))
        again, rebuild = _timed(lambda: Index.build(documents, TOKENIZER, earlier=opened))
    finally:
        shutil.rmtree(folder)
    return {
        "documents": len(documents),
        "megabytes": round(megabytes, 1),
        "passages": len(built),
        "build seconds by megabyte": round(seconds / megabytes, 2),
        "rebuild seconds by megabyte, nothing changed": round(rebuild / megabytes, 2),
        "embedded again": again.embedded,
        "index megabytes": round(size / 1e6, 1),
        "load ms": round(load * 1e3, 1),
        "first search ms": round(first * 1e3, 1),
        "search ms": _spread([_timed(_search(opened, each))[1] for each in asked]),
    }


def _search(index: Index, query: str) -> Callable[[], Any]:
    return lambda: index.search(query, 4, 600, TOKENIZER)


def grown(
    base: NDArray[np.float32], rows: Sequence[list[str]], asked: Sequence[str], size: int
) -> dict[str, Any]:
    """Index *size* vectors made of *base*; search them by vectors, and with words beside them."""
    repeated = np.concatenate(list(itertools.islice(_noisy(base), -(-size // len(base)))))[:size]
    index, seconds = _timed(lambda: vectors.build(repeated))
    queries = vectors.rounded(embedder().embed(asked))
    recall = statistics.mean(_recall(index, repeated, query) for query in queries)
    alone = [_timed(_near(index, query))[1] for query in queries]
    lexical = words.build(list(itertools.islice(itertools.cycle(rows), size)))
    both = [
        _timed(_hybrid(index, lexical, text, query))[1]
        for text, query in zip(asked, queries, strict=True)
    ]
    return {
        "kind": f"{index.lists} lists, {index.probes} read" if index.lists else "flat",
        "build seconds": round(seconds, 1),
        "megabytes": round(len(index.data()) / 1e6, 1),
        "recall@10 of questions": round(recall, 3),
        "vector search ms": _spread(alone),
        "hybrid search ms": _spread(both),
        "peak memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _noisy(base: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """*base* as it is, then again and again with noise, rows of length 1."""
    draw = np.random.default_rng(1)
    yield vectors.rounded(base)
    while True:
        moved = base + draw.normal(0, NOISE, base.shape).astype(np.float32)
        yield vectors.rounded(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _recall(index: Vectors, rows: NDArray[np.float32], query: NDArray[np.float32]) -> float:
    scores = rows @ query
    wanted = np.argpartition(-scores, 10)[:10]
    near = index.search(query, 10)
    return len(set(wanted.tolist()) & set(near.numbers.tolist())) / 10


def _near(index: Vectors, query: NDArray[np.float32]) -> Callable[[], Any]:
    return lambda: index.search(query, 50)


def _hybrid(
    index: Vectors, lexical: words.Words, text: str, query: NDArray[np.float32]
) -> Callable[[], Any]:
    def search() -> Any:
        first = ranking.best(lexical.search(text), 50)
        return np.union1d(first, index.search(query, 50).numbers)

    return search


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What *call* gives, and the seconds of CPU in all threads: the machine is shared."""
    started = time.process_time()
    return call(), time.process_time() - started


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(each * 1e3 for each in seconds)
    last = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return {"p50": round(statistics.median(ordered), 2), "p99": round(last, 2)}


if __name__ == "__main__":
    main()
