"""The models inside the package: sentence vectors and token scores. Loaded when first asked."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from promptc.protocols import Embedder, Scorer

if TYPE_CHECKING:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.static import StaticEmbedder

_loading = threading.Lock()


def embedder() -> Embedder:
    """The embedder inside the package; the same object each time, safe for many threads."""
    with _loading:
        return _embedder()


def scorer() -> Scorer:
    """The scorer inside the package; the same object each time, safe for many threads."""
    with _loading:
        return _frequency()


@functools.cache
def _embedder() -> StaticEmbedder:
    from promptc.models.packed import DATA, load
    from promptc.models.static import StaticEmbedder

    return StaticEmbedder(load(DATA / "embedder.bin"))


@functools.cache
def _frequency() -> FrequencyScorer:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.packed import DATA, load

    return FrequencyScorer(load(DATA / "frequencies.bin"))
