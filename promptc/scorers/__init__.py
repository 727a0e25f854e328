"""What rates tokens: the scorer inside the package, and models of many kinds by name.

A name is ``KIND``, or ``KIND:MODEL``, with options after commas: ``causal:gpt2,window=512``.
Nothing is downloaded unless a model is named; each is loaded once and shared.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import NamedTuple

from promptc import models
from promptc.errors import ConfigError, nearest
from promptc.protocols import Scorer
from promptc.scorers.named import Named, read
from promptc.scorers.shared import Shared


class Kind(NamedTuple):
    """A kind of scorer: the *module* that makes it, the *extra* it needs, a *model* to name."""

    module: str
    extra: str
    model: str
    about: str


EMBEDDED = "embedded"
KINDS = {
    "causal": Kind("iterative", "gpu", "gpt2", "surprisal by a causal language model"),
    "classifier": Kind(
        "classifier",
        "gpu",
        "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
        "a token classifier, as those of LLMLingua-2",
    ),
    "llmlingua": Kind("llmlingua", "llmlingua", "gpt2", "the package llmlingua itself"),
    "remote": Kind(
        "remote", "", "http://localhost:8000/v1", "log-probabilities of a server, as vLLM"
    ),
}

_made: dict[tuple[str, str | None, str | None], Scorer] = {}
_locks: dict[tuple[str, str | None, str | None], threading.Lock] = {}
_making = threading.Lock()


def scorer(name: str = EMBEDDED, device: str | None = None, dtype: str | None = None) -> Scorer:
    """The scorer *name*; the same object each time, safe for many threads.

    *device* and *dtype* are where a model runs and in what numbers; ``None`` chooses. Raises
    `ConfigError` for an unknown name, `MissingExtra` where packages are missing, `ModelError` for
    a model that can't be loaded.
    """
    named = check(name)
    if named.kind == EMBEDDED:
        if device not in (None, "cpu") or dtype is not None:
            raise ConfigError(
                f"device and dtype are for scorers that are models; {EMBEDDED!r} is none: "
                "name one, as 'causal:gpt2'"
            )
        return models.scorer()
    asked = (name, device, dtype)
    with _making:
        lock = _locks.setdefault(asked, threading.Lock())
    # One model is loaded at a time by its own lock, so that others can be used meanwhile.
    with lock:
        if asked not in _made:
            _made[asked] = _make(named, device, dtype)
        return _made[asked]


def check(name: str) -> Named:
    """Take *name* apart; raise `ConfigError` where it is the name of no scorer."""
    named = read(name)
    if named.kind == EMBEDDED:
        if named.model or named.options:
            raise ConfigError(f"scorer {name!r}: {EMBEDDED!r} has no models and no options")
        return named
    if named.kind not in KINDS:
        raise ConfigError(
            f"no scorer is called {named.kind!r}; {nearest(named.kind, [EMBEDDED, *KINDS])}"
        )
    if not named.model:
        raise ConfigError(
            f"the scorer {named.kind!r} needs a model, as "
            f"{f'{named.kind}:{KINDS[named.kind].model}'!r}: nothing is downloaded that was not "
            "named"
        )
    return named


def forget() -> None:
    """Let go of all models that were loaded."""
    with _making:
        _made.clear()
        _locks.clear()


def _make(named: Named, device: str | None, dtype: str | None) -> Scorer:
    make = import_module(f"promptc.scorers.{KINDS[named.kind].module}").make
    return Shared(make(named, device, dtype))
