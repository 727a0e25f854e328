"""Scorers for the tests of compression with models: tiny, and what they say is known."""

from __future__ import annotations

import functools

from promptc.scorers.causal import Causal
from promptc.scorers.classifier import Classifier
from promptc.scorers.loading import Loaded, Place
from promptc.scorers.named import read
from promptc.scorers.shared import Shared
from tests.scorers.tiny import bigram, byte_level, gpt2, roberta, unigram

PLACE = Place("cpu", "float32")

WORDS = [f"{a}{b}{c}" for a in "kmprst" for b in "aeiou" for c in "lnz"]
"""Ninety words, none of which a rule would keep."""
RARE = tuple(WORDS[3::4])
"""Words that come where the model expects another."""


@functools.cache
def causal() -> Shared:
    """A GPT-2 with random weights."""
    return Shared(Causal(Loaded(gpt2(), byte_level(), PLACE, "v"), read("causal:tiny")))


@functools.cache
def classifier() -> Shared:
    """An XLM-RoBERTa with random weights."""
    return Shared(Classifier(Loaded(roberta(), unigram(), PLACE, "v"), read("classifier:tiny")))


@functools.cache
def knowing() -> Shared:
    """A Llama that knows what comes next in `WORDS`, but for `RARE`."""
    likely = {
        one: two for one, two in zip(WORDS, WORDS[1:] + WORDS[:1], strict=True) if two not in RARE
    }
    model, tokenizer = bigram(WORDS, likely)
    return Shared(Causal(Loaded(model, tokenizer, PLACE, "v"), read("causal:knowing")))
