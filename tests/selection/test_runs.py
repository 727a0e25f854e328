"""The runs that stay: the best by brute force, and pieces that nothing cuts."""

from __future__ import annotations

from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.models import scorer
from promptc.selection.filling import counted
from promptc.selection.runs import BEGIN, Row, Runs, best_runs, shorten
from tests.compressing.samples import TEXTS, prose
from tests.selection.pools import Mean, pooled, request

WORTH = st.integers(-8, 40).map(float)
COST = st.integers(1, 5).map(float)


def value(row: Row, price: float, keep: tuple[bool, ...]) -> float:
    inner = sum(
        worth - price * tokens
        for worth, tokens, stays in zip(row.worth, row.tokens, keep, strict=True)
        if stays
    )
    return inner - BEGIN * sum(stays for stays, _ in groupby(keep))


def flags(runs: Runs, size: int) -> tuple[bool, ...]:
    return tuple(any(first <= at <= last for first, last in runs) for at in range(size))


@given(st.lists(st.tuples(WORTH, COST), max_size=10), st.sampled_from((0.0, 1.0, 2.5, 7.0)))
def test_the_runs_are_the_best_there_are(pieces: list[tuple[float, float]], price: float) -> None:
    size = len(pieces)
    places = tuple(range(size))
    row = Row(0, places, places, [one for one, _ in pieces], [two for _, two in pieces])
    runs = best_runs(row, price)
    assert all(one[1] + 1 < two[0] for one, two in pairwise(runs))
    best = max(value(row, price, keep) for keep in product((False, True), repeat=size))
    assert value(row, price, flags(runs, size)) == pytest.approx(best)


def test_a_run_bridges_what_is_dull_where_beginning_costs_more() -> None:
    places = tuple(range(5))
    near = Row(0, places, places, (30.0, 0.0, 30.0, 0.0, 0.0), (2.0,) * 5)
    assert best_runs(near, 1.0) == [(0, 2)]
    assert best_runs(near, 10.0) == [(0, 0), (2, 2)]


@given(TEXTS, st.sampled_from((0.1, 0.3, 0.6)))
def test_runs_fit_the_budget_of_a_tokenizer_that_does_not_add_up(text: str, rate: float) -> None:
    asked = request(int(Mean().count(text) * rate), Mean())
    units = pooled([text], asked)
    kept = shorten(units, np.ones(len(units), np.bool_), scorer().score([text]), asked)
    if kept is not None:
        assert counted(units, kept, asked) <= asked.tokens


def test_equal_words_are_parted() -> None:
    text = " ".join(["harbor"] * 60) + "."
    asked = request(30)
    units = pooled([text], asked)
    kept = shorten(units, np.ones(len(units), np.bool_), scorer().score([text]), asked)
    assert kept is not None
    assert counted(units, kept, asked) >= 20


def test_what_is_whole_leaves_no_room() -> None:
    code = "```\n" + "x = compute(1, 2, 3)\n" * 40 + "```\n"
    asked = request(50)
    units = pooled([code], asked)
    every = np.ones(len(units), np.bool_)
    assert shorten(units, every, scorer().score([code]), asked) is None


def test_the_search_counts_few_times() -> None:
    calls = []
    for sentences in (50, 200, 800):
        text = prose(sentences)
        tokenizer = Mean()
        asked = request(len(text) // 9, tokenizer)
        units = pooled([text], asked)
        tokenizer.calls = 0
        shorten(units, np.ones(len(units), np.bool_), scorer().score([text]), asked)
        calls.append(tokenizer.calls)
    assert max(calls) <= 40
