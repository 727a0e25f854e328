"""The embedder of the package: the vectors of the model that it is, the same bits everywhere."""

from __future__ import annotations

import hashlib

import numpy as np

from promptc.models import embedder

TEXTS = [
    "How long may I keep a laptop before I send it back?",
    "A laptop can be returned within 30 days.",
    "The warehouse ships parcels on weekdays at noon.",
    "What do you call initials that stand for something?",
    "An acronym is a word made of the first letters of others.",
    "Naïve Café — 東京 ☃ costs $3.50!",
]
COSINES = [
    [1.0, 0.766, 0.089, -0.045, -0.04, -0.022],
    [0.766, 1.0, 0.093, -0.074, 0.007, 0.045],
    [0.089, 0.093, 1.0, 0.024, 0.001, 0.082],
    [-0.045, -0.074, 0.024, 1.0, 0.555, -0.051],
    [-0.04, 0.007, 0.001, 0.555, 1.0, -0.009],
    [-0.022, 0.045, 0.082, -0.051, -0.009, 1.0],
]
"""Those of sentence-transformers/all-MiniLM-L6-v2 in 32 bits, by sentence-transformers."""
BITS = "1a0792a29eb4e66aec7f694bf5efe10511f6480d115e7d31f67eab506d563442"


def test_cosines_are_those_of_the_model_in_32_bits() -> None:
    found = embedder().embed(TEXTS)
    np.testing.assert_allclose(found @ found.T, COSINES, atol=0.008)


def test_the_bits_are_the_same_on_every_machine() -> None:
    assert hashlib.sha256(embedder().embed(TEXTS).tobytes()).hexdigest() == BITS
