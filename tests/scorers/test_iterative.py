"""Each segment is rated after what was left of those before, as if it had been read anew."""

from __future__ import annotations

import math

import numpy as np
import pytest

from promptc.protocols import patient
from promptc.scorers.iterative import Iterative
from promptc.scorers.loading import Loaded, Place
from promptc.scorers.named import read
from promptc.scorers.worker import Worker
from tests.compressing.samples import prose
from tests.scorers.test_causal import MODELS, NEAR, ids_of, reference
from tests.scorers.tiny import byte_level

TEXT = prose(5)


def rated(name: str, options: str) -> np.ndarray:
    loaded = Loaded(MODELS[name], byte_level(), Place("cpu", "float32"), "v")
    reader = Iterative(loaded, read(f"causal:x,iterative=true{options}"))
    (found,) = Worker(reader, linger=0).run(reader.plan(TEXT, "").rows, patient)
    return found


def expected(name: str, segment: int, keep: float) -> np.ndarray:
    """The same without caches: everything is read again for every token."""
    ids, left, found = ids_of(TEXT)[:60], [0], []
    for start in range(0, len(ids), segment):
        part = ids[start : start + segment]
        bits = reference(MODELS[name], [*left, *part], len(left))
        best = sorted(range(len(part)), key=lambda at: (-bits[at], at))
        kept = sorted(best[: math.ceil(len(part) * keep)])
        left += [part[at] for at in kept]
        found.append(bits)
    return np.concatenate(found)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("keep", [0.0, 0.3, 1.0])
def test_bits_are_those_of_a_plain_reference(name: str, keep: float) -> None:
    # What is left of the first 60 tokens fits into the window.
    segment = 12
    found = rated(name, f",segment={segment},keep={keep}")[:60]
    assert np.abs(found - expected(name, segment, keep)).max() < NEAR


def test_the_oldest_goes_where_the_window_is_full() -> None:
    found = rated("gpt2", ",segment=20,keep=1.0")
    ids = ids_of(TEXT)
    assert len(found) == len(ids) > 64
    # The fourth segment does not fit: it is read after the newest half of a window.
    again = reference(MODELS["gpt2"], [0, *ids[60 - 31 : 80]], 32)
    assert np.abs(found[60:80] - again[: len(found[60:80])]).max() < NEAR


def test_a_short_tail_is_rated_like_the_rest() -> None:
    """A3, A4: what was shorter than a step was not rated at all."""
    loaded = Loaded(MODELS["gpt2"], byte_level(), Place("cpu", "float32"), "v")
    reader = Iterative(loaded, read("causal:x,iterative=true,segment=20"))
    for text in ("Anna signed.", prose(2)):
        plan = reader.plan(text, "")
        (found,) = Worker(reader, linger=0).run(plan.rows, patient)
        assert len(found) == len(ids_of(text))
        assert (found > 0).all()
