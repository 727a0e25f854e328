"""Tokens of models to tokens of texts: many texts at once say what each says by itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.protocols import Scores
from promptc.scorers import joining
from promptc.scorers.joining import How, Rated, joined

PIECES = st.sampled_from(["a", "bc", " ", "  ", "\n", "\u3000", "é", "🎉", "\ud800", "Ω\t", "\x1c"])


def slow(rated: Rated, how: How) -> list[tuple[int, int, float]]:
    """Token by token."""
    found: list[tuple[int, int, list[float]]] = []
    for (start, stop), value in zip(rated.offsets.tolist(), rated.values.tolist(), strict=True):
        own = rated.text[start:stop]
        start += len(own) - len(own.lstrip())
        stop = max(stop - (len(own) - len(own.rstrip())), start)
        if start == stop:
            continue
        if found and start < found[-1][1]:
            before = found.pop()
            found.append((before[0], max(before[1], stop), [*before[2], value]))
        else:
            found.append((start, stop, [value]))
    return [(a, b, sum(v) / (len(v) if how == "mean" else 1)) for a, b, v in found]


@st.composite
def rated(draw: st.DrawFn) -> Rated:
    """A text cut into tokens, some of which share their characters."""
    text = "".join(draw(st.lists(PIECES, max_size=12)))
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=8))})
    offsets = [pair for pair in pairwise(cuts) for _ in range(draw(st.integers(1, 3)))]
    values = draw(st.lists(st.integers(0, 9), min_size=len(offsets), max_size=len(offsets)))
    return Rated(text, np.array(offsets, np.int64).reshape(-1, 2), np.array(values, np.float32))


def listed(scores: Scores) -> list[tuple[int, int, float]]:
    spans, bits = scores.spans.tolist(), scores.bits.tolist()
    return [(start, stop, bit) for (start, stop), bit in zip(spans, bits, strict=True)]


@given(st.lists(rated(), max_size=6), st.sampled_from(["sum", "mean"]))
def test_many_texts_are_joined_as_one_by_one(texts: list[Rated], how: How) -> None:
    found = [listed(scores) for scores in joined(texts, how)]
    expected = [slow(each, how) for each in texts]
    assert [[row[:2] for row in each] for each in found] == [
        [row[:2] for row in each] for each in expected
    ]
    for one, other in zip(found, expected, strict=True):
        assert [row[2] for row in one] == pytest.approx([row[2] for row in other])


def test_few_characters_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        Rated("ab cd", np.array([[0, 2], [2, 5]]), np.array([1, 2], np.float32)) for _ in range(7)
    ]
    whole = [listed(each) for each in joined(texts, "sum")]
    monkeypatch.setattr(joining, "_AT_ONCE", 12)
    assert [len(part) for part in joining._parts(texts)] == [2, 2, 2, 1]
    assert [listed(each) for each in joined(texts, "sum")] == whole
    assert whole[0] == [(0, 2, 1.0), (3, 5, 2.0)]
