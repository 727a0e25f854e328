"""Names for one thing, by evidence and never by a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.aliases import unified


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Is the USA big?", "Is the United States big?"),
        ("Is covid bad?", "Is COVID-19 bad?"),
        ("Who runs the Ministry of Trade?", "Who runs the MOT?"),
        ("What is natural language processing (NLP)?", "What is NLP?"),
        ("Does the WHO know?", "Does the World Health Organization know?"),
    ],
)
def test_two_names_for_one_thing_become_one(one: str, two: str) -> None:
    left, right = unified(one, two)
    assert left == right


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Did Google buy it?", "Did Facebook buy it?"),
        ("Tell us more.", "Tell the United States more."),
        ("Ask the WHO.", "Ask who has it."),
        ("Ask the NBA.", "Ask the National Bank."),
        ("A corona-like sign.", "A COVID-19 sign."),
    ],
)
def test_two_names_stay_two(one: str, two: str) -> None:
    left, right = unified(one, two)
    assert left != right


def test_letters_that_only_look_like_a_name_are_left() -> None:
    assert unified("Is \u212a8s up?", "") == ("Is \u212a8s up?", "")


@given(st.text(max_size=60))
def test_what_is_one_already_stays_one(text: str) -> None:
    left, right = unified(text, text)
    assert left == right
