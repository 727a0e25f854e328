"""Sentence vectors: exact sums, whatever the batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.models import embedder
from promptc.models.packed import DATA, join_words, load, pack, unpack
from promptc.models.static import LARGEST_SCALE, StaticEmbedder, quantize
from promptc.source import Span

WORDS = ["refund", "money", "the", "of", "cat", "##s", "."]
VECTORS = np.random.default_rng(1).normal(size=(7, 8)) * np.logspace(0, -2, 7)[:, None]
MODEL = load(DATA / "embedder.bin")
EMBEDDER = StaticEmbedder(MODEL)
TEXTS = ["Refunds take five days.", "", "The cat sleeps all day.", "☃", "Who gets money back?"]
SENTENCES = st.lists(st.text("abc refund.'é 猫\n", max_size=40), max_size=6)


def small() -> StaticEmbedder:
    rows, scales = quantize(VECTORS)
    arrays = {"rows": rows, "scales": scales, "pieces": join_words(WORDS)}
    return StaticEmbedder(unpack(pack({"name": "small"}, arrays), "small"))


def slow(text: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The mean of the vectors of the pieces, added one by one, made as long as 1."""
    total = np.zeros(EMBEDDER.dims)
    for id in EMBEDDER._pieces.ids(text):
        total += MODEL.arrays["rows"][id] * float(MODEL.arrays["scales"][id])
    return total / (np.linalg.norm(total) or 1)


def test_quantization_keeps_each_row_to_half_a_step_of_its_scale() -> None:
    rows, scales = quantize(VECTORS)
    unit = np.abs(VECTORS).max() / LARGEST_SCALE / 127
    steps = scales.astype(float)[:, None] * unit
    assert (np.abs(rows * steps - VECTORS) <= steps / 2 + 1e-12).all()
    assert (np.abs(rows).max(axis=1) >= 63).all()


def test_quantization_of_nothing_but_zeros_is_zeros() -> None:
    rows, scales = quantize(np.zeros((2, 4)))
    assert not rows.any()
    assert not scales.any()


def test_a_text_is_the_direction_of_the_mean_of_its_pieces() -> None:
    want = VECTORS[[0, 5, 3, 1, 6]].sum(axis=0)
    (got,) = small().embed(["Refunds of money unknown."])
    np.testing.assert_allclose(got, want / np.linalg.norm(want), atol=0.01)


@pytest.mark.parametrize("times", [1, 200])
def test_vectors_are_those_of_the_slow_sum(times: int) -> None:
    texts = [text * times for text in TEXTS]
    np.testing.assert_allclose(EMBEDDER.embed(texts), list(map(slow, texts)), atol=1e-6)


def test_rows_are_of_length_one_or_zero() -> None:
    lengths = np.linalg.norm(EMBEDDER.embed(TEXTS), axis=1)
    np.testing.assert_allclose(lengths, [1, 0, 1, 0, 1], atol=1e-6)
    assert EMBEDDER.embed([]).shape == (0, 256)


@given(SENTENCES)
def test_vectors_do_not_depend_on_the_batch(texts: list[str]) -> None:
    alone = [EMBEDDER.embed([text])[0] for text in texts]
    together = EMBEDDER.embed(texts)
    assert together.dtype == np.float32
    assert together.tolist() == [row.tolist() for row in alone]


@given(SENTENCES)
def test_spans_are_embedded_as_their_texts_are(texts: list[str]) -> None:
    spans, at = [], 2
    for text in texts:
        spans.append(Span(at, at + len(text)))
        at += len(text) + 3
    whole = "! " + " ! ".join(texts)
    assert EMBEDDER.embed_spans(whole, spans).tolist() == EMBEDDER.embed(texts).tolist()


def test_threads_share_one_embedder() -> None:
    texts = [f"{word} number {n}s" for n in range(300) for word in ("invoice", "naïveté", "猫")]
    fresh = StaticEmbedder(MODEL)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda text: fresh.embed([text])[0], texts))
    assert (np.array(rows) == EMBEDDER.embed(texts)).all()


def test_texts_about_the_same_thing_are_nearer() -> None:
    ask, refund, weather = embedder().embed(
        [
            "How do I get my money back?",
            "Refunds are paid to the card you used.",
            "It rained in the hills all night.",
        ]
    )
    assert ask @ refund > 0.25 + ask @ weather


def test_a_text_with_the_words_of_the_query_matches_best() -> None:
    texts = ["A phone may come back.", "Return a laptop.", "Send a computer back.", ""]
    found = EMBEDDER.matches("returning a laptop", texts)
    assert found.argmax() == 1
    assert found[2] > found[0] > found[3] == 0
    assert found.max() <= 1


def test_a_rare_word_of_the_query_weighs_more() -> None:
    texts = ["a zebra", "a laptop"]
    plain = EMBEDDER.matches("zebra laptop", texts)
    rare = EMBEDDER.matches("zebra laptop", texts, {"zebra": 1.0, "laptop": 0.1}.__getitem__)
    assert rare[0] - rare[1] > plain[0] - plain[1] + 0.2


def slow_matches(query: str, texts: list[str]) -> list[float]:
    """The best match of each piece of *query*, weighed, pair by pair; texts with no piece aside."""
    rows = {id: MODEL.arrays["rows"][id].astype(float) for id in range(len(MODEL.arrays["rows"]))}
    scales = MODEL.arrays["scales"]

    def cosine(one: int, two: int) -> float:
        lengths = np.linalg.norm(rows[one]) * np.linalg.norm(rows[two])
        return float(rows[one] @ rows[two] / lengths)

    asked = sorted(set(EMBEDDER._pieces.ids(query)))
    best = [[max(cosine(a, b) for b in set(EMBEDDER._pieces.ids(t))) for t in texts] for a in asked]
    weights = [float(np.linalg.norm(rows[a]) * scales[a]) for a in asked]
    return [
        sum(w * row[at] for w, row in zip(weights, best, strict=True)) / sum(weights)
        for at in range(len(texts))
    ]


def test_matches_are_those_of_every_pair_of_pieces() -> None:
    query, texts = "Who gets the laptop back?", ["We return laptops.", "The phone", "zebra cats"]
    np.testing.assert_allclose(
        EMBEDDER.matches(query, texts), slow_matches(query, texts), atol=1e-5
    )


def test_matches_of_nothing_are_none() -> None:
    assert EMBEDDER.matches("", ["laptop"]).tolist() == [0]
    assert EMBEDDER.matches("laptop", []).tolist() == []
