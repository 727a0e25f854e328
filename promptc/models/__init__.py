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

SCORERS = ("embedded",)

# Scorers that are planned, and the extra that each is to come with.
LATER = {"causal": "gpu", "classifier": "gpu", "llmlingua": "llmlingua"}

_loading = threading.Lock()


def embedder() -> Embedder:
    """The embedder inside the package; the same object each time, safe for many threads."""
    with _loading:
        return _embedder()


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


@functools.cache
def _frequency() -> FrequencyScorer:
    from promptc.models.frequency import FrequencyScorer
    from promptc.models.packed import DATA, load

    return FrequencyScorer(load(DATA / "frequencies.bin"))
