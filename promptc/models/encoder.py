"""Sentence vectors from a transformer, without torch: those of all-MiniLM-L6-v2 in 8 bits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from promptc.models.packed import Model
from promptc.models.transformer import Transformer, pooled
from promptc.models.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"

_TOGETHER = 192
"""Tokens that pass the layers at once: what they need stays in a processor's cache."""


class _Window(NamedTuple):
    """A text, by number, or a part of one that is longer than the transformer reads."""

    text: int
    ids: NDArray[np.int64]


class Encoder:
    """Maps texts to vectors by their words in their order. Safe to use from many threads.

    *version* is the checksum of the weights. The vector of a text has the same bits whatever is
    beside it in a call, and on every machine.
    """

    model = "embedded"

    def __init__(self, model: Model) -> None:
        self.name: str = model.facts["name"]
        self.version = model.version
        self._transformer = Transformer(model)
        self.dims = self._transformer.dims
        vocabulary = model.index("pieces")
        self._pieces = WordPiece(vocabulary, [UNKNOWN])
        self._unknown, self._start, self._end = (vocabulary[x] for x in (UNKNOWN, START, END))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed *texts*: (n, dims), rows of length 1, or 0 where a text has no known word.

        A text longer than the transformer reads at once is read in equal parts, and its vector is
        the mean over all of their tokens.
        """
        import numpy as np

        sums = np.zeros((len(texts), self.dims))
        counts = np.zeros(len(texts), np.int64)
        windows = [window for at, text in enumerate(texts) for window in self._windows(at, text)]
        windows.sort(key=lambda window: len(window.ids))
        batches = list(_batches(windows))
        for batch, found in zip(batches, _each(self._read, batches), strict=True):
            for window, row in zip(batch, found, strict=True):
                sums[window.text] += row
                counts[window.text] += len(window.ids)
        return pooled(sums, np.maximum(counts, 1))

    def _read(self, batch: Sequence[_Window]) -> NDArray[np.float64]:
        return self._transformer.sums([window.ids for window in batch])

    def _windows(self, number: int, text: str) -> Iterator[_Window]:
        import numpy as np

        ids = self._pieces.ids(text)
        if all(each == self._unknown for each in ids):
            return
        most = self._transformer.longest - 2
        for part in np.array_split(np.array(ids, np.int64), -(-len(ids) // most)):
            yield _Window(number, np.concatenate([[self._start], part, [self._end]]))


def _batches(windows: Sequence[_Window]) -> Iterator[list[_Window]]:
    batch: list[_Window] = []
    tokens = 0
    for window in windows:
        if batch and tokens + len(window.ids) > _TOGETHER:
            yield batch
            batch, tokens = [], 0
        batch.append(window)
        tokens += len(window.ids)
    if batch:
        yield batch


def _each(
    read: Callable[[list[_Window]], NDArray[np.float64]], batches: Sequence[list[_Window]]
) -> Iterator[NDArray[np.float64]]:
    """Read *batches*, on all processors where there are several; an interrupt ends it at once."""
    if len(batches) == 1:
        yield read(batches[0])
        return
    pool = ThreadPoolExecutor(os.cpu_count(), "promptc embedding")
    try:
        yield from pool.map(read, batches)
    finally:
        pool.shutdown(cancel_futures=True)
