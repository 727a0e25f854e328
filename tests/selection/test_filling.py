"""The budget: never exceeded, used well, and counted a bounded number of times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import BudgetError
from promptc.protocols import Request
from promptc.selection.filling import Nearness, counted, fill
from promptc.selection.joining import joined, spans
from promptc.source import Span
from tests.compressing.samples import TEXTS, prose
from tests.selection.pools import TOKENIZER, Mean, pooled, request


@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 300), st.integers(0, 2**32 - 1))
def test_the_budget_holds_for_a_tokenizer_that_does_not_add_up(
    texts: list[str], tokens: int, seed: int
) -> None:
    asked = request(tokens, Mean())
    units = pooled(texts, asked)
    rated = np.random.default_rng(seed).random(len(units))
    assert counted(units, spans(units, fill(units, rated, asked)), asked) <= tokens


def test_the_highest_rated_stay_in_the_order_of_the_text() -> None:
    text = "Low one. High two. Low three. High four. Low five."
    units = pooled([text])
    asked = request(TOKENIZER.count("High two. High four."))
    (kept,) = spans(units, fill(units, np.array([0.0, 1, 0, 2, 0]), asked))
    assert joined(text, kept).strip() == "High two. High four."


def test_what_says_the_same_comes_last() -> None:
    text = "Tea costs four. Tea costs four. Ink costs nine."
    units = pooled([text])
    asked = request(TOKENIZER.count("Tea costs four. Ink costs nine."))
    vectors = np.array([[1.0, 0], [1, 0], [0, 1]])
    (kept,) = spans(units, fill(units, np.array([3.0, 2, 1]), asked, Nearness(vectors)))
    assert joined(text, kept) == "Tea costs four. Ink costs nine."


def test_what_must_stay_and_does_not_fit_is_an_error_with_both_numbers() -> None:
    text = "One two three four five. Six."
    asked = Request(3, TOKENIZER, keep=((Span(0, 9),),))
    with pytest.raises(BudgetError, match=r"takes 6 tokens, and the budget allows 3"):
        fill(pooled([text], asked), np.zeros(2), asked)


@pytest.mark.parametrize("copies", [1, 10])
def test_a_long_text_is_counted_a_bounded_number_of_times(copies: int) -> None:
    tokenizer = Mean()
    text = prose(200 * copies)
    asked = request(len(text) // 9, tokenizer)
    units = pooled([text], asked)
    assert tokenizer.calls <= len(units)
    tokenizer.calls = 0
    fill(units, np.random.default_rng(7).random(len(units)), asked)
    assert tokenizer.calls <= 40


def test_many_documents_are_counted_a_few_times_each() -> None:
    tokenizer = Mean()
    texts = [prose(4) for _ in range(300)]
    asked = request(sum(map(len, texts)) // 9, tokenizer)
    units = pooled(texts, asked)
    tokenizer.calls = 0
    fill(units, np.random.default_rng(7).random(len(units)), asked)
    assert tokenizer.calls <= 3 * len(units)
