"""The models inside the package: vectors of passages and words, and token scores.

Each is loaded when first asked for, once, and is safe for many threads.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from promptc.protocols import Embedder, Scorer

if TYPE_CHECKING:
    from promptc.models.encoder import Encoder
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.static import StaticEmbedder

EMBEDDED, STATIC = "embedded", "static"
FILES = {EMBEDDED: "encoder.bin", STATIC: "embedder.bin"}

_loading = threading.Lock()


def embedder(name: str = EMBEDDED) -> Embedder:
    """The embedder *name*; the same object each time.

    ``embedded`` reads words in their context. ``static`` is a hundred times as fast and reads each
    alone. Any other name is a model of sentence-transformers, or the folder of one. Raises
    `ConfigError` where it can't be loaded and `MissingExtra` where sentence-transformers is not
    installed.
    """
    with _loading:
        if name == STATIC:
            return _static()
        return _encoder() if name == EMBEDDED else _sentences(name)


def embedder_version(name: str) -> str:
    """The version of the embedder *name*; one of the package is not loaded for it."""
    from promptc.models.packed import DATA, version

    return version(DATA / FILES[name]) if name in FILES else embedder(name).version


def word_vectors() -> StaticEmbedder:
    """The embedder ``static``, as what it is: a vector for each word, and their means."""
    with _loading:
        return _static()


def scorer() -> Scorer:
    """The scorer inside the package; the same object each time."""
    return frequencies()


def frequencies() -> FrequencyScorer:
    """The same, as what it is: a table of words and of how texts write them."""
    with _loading:
        return _frequency()


@functools.cache
def _encoder() -> Encoder:
    from promptc.models.encoder import Encoder
    from promptc.models.packed import DATA, load

    return Encoder(load(DATA / FILES[EMBEDDED]))


@functools.cache
def _static() -> StaticEmbedder:
    from promptc.models.packed import DATA, load
    from promptc.models.static import StaticEmbedder

    return StaticEmbedder(load(DATA / FILES[STATIC]))


@functools.lru_cache(maxsize=4)
def _sentences(name: str) -> Embedder:
    from promptc.models.sentences import load

    return load(name)


@functools.cache
def _frequency() -> FrequencyScorer:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.packed import DATA, load

    return FrequencyScorer(load(DATA / "frequencies.bin"))
