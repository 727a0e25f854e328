"""The models inside the package: sentence vectors and token scores. Loaded when first asked."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from promptc.protocols import Embedder, Scorer

if TYPE_CHECKING:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.static import StaticEmbedder

EMBEDDED = "embedded"

_loading = threading.Lock()


def embedder(name: str = EMBEDDED) -> Embedder:
    """The embedder *name*; the same object each time, safe for many threads.

    Any name but that of the embedder inside the package is a model of sentence-transformers, or
    the folder of one. Raises `ConfigError` where it can't be loaded and `MissingExtra` where
    sentence-transformers is not installed.
    """
    with _loading:
        return _embedder() if name == EMBEDDED else _sentences(name)


def scorer() -> Scorer:
    """The scorer inside the package; the same object each time, safe for many threads."""
    return frequencies()


def frequencies() -> FrequencyScorer:
    """The same, as what it is: a table of words and of how texts write them."""
    with _loading:
        return _frequency()


@functools.cache
def _embedder() -> StaticEmbedder:
    from promptc.models.packed import DATA, load
    from promptc.models.static import StaticEmbedder

    return StaticEmbedder(load(DATA / "embedder.bin"))


@functools.lru_cache(maxsize=4)
def _sentences(name: str) -> Embedder:
    from promptc.models.sentences import load

    return load(name)


@functools.cache
def _frequency() -> FrequencyScorer:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.packed import DATA, load

    return FrequencyScorer(load(DATA / "frequencies.bin"))
