"""The least limits at which enough is answered, tried on retrievals that the test makes up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.outlining.bringing import Brought
from promptc.outlining.questions import Asked
from promptc.outlining.trials import (
    MOST,
    SAVES,
    STEPS,
    Trials,
    beyond,
    choose,
    enough,
    margin,
)
from promptc.protocols import Wanted

SIZE = 50
"""Tokens of a passage of the retrieval below."""


def trials(*ranks: int) -> Trials:
    """Questions, each answered by the passage of that rank, counted from 1."""
    asked = [Asked(str(rank), (f"answer{rank}x",)) for rank in ranks]

    def retrieve(query: str, k: int, tokens: int) -> Brought:
        number = min(k, tokens // SIZE)
        found = [f"answer{n}x" for n in range(1, number + 1) if n == int(query)]
        return Brought(" ".join(found), number * SIZE, number)

    return Trials(retrieve, asked)


def test_the_least_limit_is_taken_and_a_margin_more() -> None:
    choice = choose(trials(*[1] * 99, 10), Wanted(0, 0, 1.0), 10_000)
    assert choice is not None
    # The tenth passage needs 500 tokens, and one hundred questions a margin of 1.4.
    assert choice.chosen.tokens == 600
    assert choice.chosen.k == 600 // SIZE
    assert choice.chosen.recall == 1
    assert [each.tokens for each in choice.by_tokens] == [300, 400, 500, 600]


def test_few_questions_get_a_larger_margin() -> None:
    assert margin(4, 0.95) > margin(16, 0.95) > margin(1_000, 0.95) > 1
    few, many = (choose(trials(*[1] * n), Wanted(0, 0, 0.95), 10_000) for n in (4, 400))
    assert few and many
    assert few.chosen.tokens > many.chosen.tokens


def test_too_few_questions_for_a_long_document_are_told_with_how_many_would_do() -> None:
    def needing(tokens: float, count: int) -> Trials:
        return replace(trials(*[6] * count), reach=lambda asked, k: tokens)

    few = choose(needing(300, 2), Wanted(0, 0, 0.95), 1_000)
    assert few and few.enough > 2
    would_do = choose(needing(300, few.enough), Wanted(0, 0, 0.95), 1_000)
    assert would_do and would_do.enough == 0
    too_few = choose(needing(300, few.enough - 1), Wanted(0, 0, 0.95), 1_000)
    assert too_few and too_few.enough
    easy = choose(needing(50, 2), Wanted(0, 0, 0.95), 1_000)
    assert easy and easy.enough == 0
    fixed = choose(needing(300, 2), Wanted(0, 300, 0.95), 1_000)
    assert fixed and fixed.enough == 0


@given(st.floats(1, 30_000), st.floats(1, 30_000), st.floats(0, 1))
def test_enough_questions_are_the_least_whose_reach_is_covered(
    needed: float, most: float, recall: float
) -> None:
    number = enough(needed, most, recall)
    assert needed * beyond(number, recall) <= max(most, needed) * (1 + 1e-9)
    assert number == 1 or needed * beyond(number - 1, recall) >= most * (1 - 1e-9)


def test_a_sample_that_holds_the_rare_cases_reaches_no_further() -> None:
    assert beyond(19, 0.95) == 1 < beyond(18, 0.95)
    assert beyond(9, 0.95) == pytest.approx(2 ** (1 / 0.7))
    assert beyond(0, 1.0) == pytest.approx(100 ** (1 / 0.7))


def test_what_the_pragma_fixes_stays() -> None:
    choice = choose(trials(1, 2, 3), Wanted(3, 0, 1.0), 10_000)
    assert choice and choice.chosen.k == 3
    choice = choose(trials(1, 2, 3), Wanted(0, 150, 1.0), 10_000)
    assert choice and (choice.chosen.tokens, choice.chosen.k) == (150, 3)
    assert choose(trials(1, 2, 3), Wanted(2, 150, 1.0), 10_000) is None
    choice = choose(trials(1, 2, 3), Wanted(2, 150, 0.6), 10_000)
    assert choice and choice.chosen == (2, 150, 2 / 3, 100)


def test_no_limit_beyond_what_saves_is_tried() -> None:
    assert choose(trials(30), Wanted(0, 0, 1.0), 1_000) is None
    assert choose(trials(1), Wanted(0, 0, 1.0), int(STEPS[0] / SAVES) - 1) is None


def test_recall_by_k_is_told() -> None:
    choice = choose(trials(1, 5), Wanted(0, 300, 1.0), 10_000)
    assert choice is not None
    assert [(each.k, each.recall) for each in choice.by_k] == [
        (1, 0.5), (2, 0.5), (3, 0.5), (4, 0.5), (6, 1.0),
    ]  # fmt: skip


@given(
    st.lists(st.integers(1, MOST + 10), min_size=1, max_size=30),
    st.floats(0.1, 1),
    st.integers(100, 30_000),
)
def test_what_is_chosen_reaches_the_recall_and_saves(
    ranks: list[int], recall: float, before: int
) -> None:
    tried = trials(*ranks)
    choice = choose(tried, Wanted(0, 0, recall), before)
    if choice is None:
        steps = [step for step in STEPS if step <= SAVES * before]
        assert all(tried.at(MOST, step).recall < recall for step in steps)
        return
    assert tried.at(choice.chosen.k, choice.chosen.tokens) == choice.chosen
    assert choice.chosen.recall >= recall
    assert choice.chosen.tokens <= SAVES * before
