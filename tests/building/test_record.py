from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.building.record import from_json, to_json
from promptc.results import (
    Compiled,
    Cost,
    Drop,
    Money,
    Outline,
    SampleCost,
    Step,
    Trial,
    Undone,
)
from promptc.source import Mapping, Span

small = st.integers(0, 10_000)
word = st.text(max_size=12)
spans = st.builds(Span, small, small)
origins = st.builds(Mapping, spans, st.none() | spans, st.booleans(), word)
undone = st.builds(Undone, word, word, small, small, word, word, word, word, spans)
undones = st.lists(undone, max_size=2).map(tuple)
rules = st.lists(st.tuples(word, small), max_size=2).map(tuple)
checks = st.lists(word, max_size=2).map(tuple)
steps = st.builds(
    Step, word, small, word, small, small, small, undones, small, rules, checks, small
)
drops = st.builds(Drop, word, word, spans, small, small, word, word, word)
samples = st.builds(SampleCost, word, small, small, word)
number = st.floats(0, 1e9)
money = Money(Decimal("0.1"), Decimal("0.05"), Decimal(0), 1000, "2025-01-01")
costs = st.builds(
    Cost,
    basis=word,
    exact=st.booleans(),
    before=number,
    after=number,
    worst=small,
    static_before=small,
    static_after=small,
    symbolic=word,
    samples=st.lists(samples, max_size=2).map(tuple),
    money=st.none() | st.just(money),
)


def tuples(each: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(each, max_size=3).map(tuple)


texts = st.text(max_size=40)
share = st.floats(0, 1)
trials = tuples(st.builds(Trial, small, small, share, number))
outlines = st.builds(
    Outline,
    name=word,
    before=small,
    k=small,
    tokens=small,
    mean=number,
    asked=small,
    answered=small,
    recall=share,
    weak=st.booleans(),
    by_k=trials,
    by_tokens=trials,
    why=word,
    embedder=word,
    moved=st.booleans(),
    place=word,
    file=word,
    text=texts,
)
compiled = st.builds(
    Compiled,
    name=word,
    source=texts,
    text=texts,
    data=st.binary(max_size=40),
    origins=tuples(origins),
    steps=tuples(steps),
    drops=tuples(drops),
    cost=costs,
    notes=tuples(word),
    requires=tuples(word),
    outlines=tuples(outlines),
)


@settings(deadline=None)
@given(compiled)
def test_a_compiled_template_comes_back_without_its_money(each: Compiled) -> None:
    plain = replace(each, cost=replace(each.cost, money=None))
    assert from_json(json.loads(json.dumps(to_json(each)))) == plain


@settings(deadline=None)
@given(compiled, st.text())
def test_text_in_utf_8_is_kept_once(each: Compiled, text: str) -> None:
    data = text.encode()
    record = to_json(replace(each, text=text, data=data))
    assert record["data"] is None
    assert from_json(record).data == data


@pytest.mark.parametrize("damage", [{}, {"cost": None}, {"drops": [["x"]]}, {"data": "%"}])
def test_anything_else_is_a_value_error(damage: dict[str, object]) -> None:
    cost = Cost("static", True, 1, 1, 1, 1, 1)
    good = to_json(Compiled("a", "b", "c", b"d", (), (), (), cost))
    with pytest.raises(ValueError, match="not a record"):
        from_json({**good, **damage} if damage else {})
