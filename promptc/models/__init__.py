"""The models inside the package: sentence vectors and token scores. Loaded when first asked."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from promptc.errors import ConfigError, MissingExtra, nearest
from promptc.protocols import Embedder, Scorer
from promptc.version import __version__

if TYPE_CHECKING:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.static import StaticEmbedder

EMBEDDED = "embedded"
SCORERS = (EMBEDDED,)

# Scorers that are planned, and the extra that each is to come with.
LATER = {"causal": "gpu", "classifier": "gpu", "llmlingua": "llmlingua"}

_loading = threading.Lock()


def embedder(name: str = EMBEDDED) -> Embedder:
    """The embedder *name*; the same object each time, safe for many threads.

    Any name but that of the embedder inside the package is a model of sentence-transformers, or
    the folder of one. Raises `ConfigError` where it can't be loaded and `MissingExtra` where
    sentence-transformers is not installed.
    """
    with _loading:
        return _embedder() if name == EMBEDDED else _sentences(name)


def scorer(name: str = "embedded") -> Scorer:
    """The scorer *name*; the same object each time, safe for many threads.

    Raises `ConfigError` for an unknown name and `MissingExtra` for one that comes with an extra.
    """
    if name in LATER:
        raise MissingExtra(
            f"the scorer {name!r} is not in promptc {__version__}: it comes with the extra "
            f"[{LATER[name]}] of a later version; use {SCORERS[0]!r}"
        )
    if name not in SCORERS:
        raise ConfigError(f"no scorer is called {name!r}; {nearest(name, [*SCORERS, *LATER])}")
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
