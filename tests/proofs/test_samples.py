"""What renderings say about a proof."""

from __future__ import annotations

import pytest

from promptc.analysis.reflow import Reflow
from promptc.proofs.samples import violation
from promptc.protocols import Guarantee
from promptc.results import Rendering

E, S, D, M = Guarantee.EXACT, Guarantee.SPACING, Guarantee.DATA, Guarantee.MEANING

AGREE = [
    (E, "a  b", "a  b"),
    (S, "a  b \n\n\n  c\n", "a b\n\n  c"),
    (S, "a\n\nb", "a\nb"),
    (D, 'x {"a": [1, 2]}\n', 'x {"a":[1,2]}'),
    (D, "| a  | b |\n|----|---|", "|a|b|\n|---|---|"),
    (
        D,
        '{"type": "object", "$schema": "s", "properties": {}}',
        '{"type":"object","properties":{}}',
    ),
    (D, 'f({ "k": 1 }) {{ "o": { "a  b": 1 } }', 'f({ "k": 1 }) {{"o":{"a  b":1}}'),
    (M, "anything", "else"),
]
DISAGREE = [
    (E, "a  b", "a b"),
    (S, "a b", "ab"),
    (S, "a\nb", "a b"),
    (S, "a\n  b", "a\n b"),
    (S, "  a", "a"),
    (S, "a b", "b a"),
    (S, "a\u3000b", "a b"),
    (D, '{"a": 1.0}', '{"a": 1}'),
    (D, '{"a": "x  y"}', '{"a": "x y"}'),
    (D, '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
    (D, "a, b", "a. b"),
]


@pytest.mark.parametrize(("promise", "old", "new"), AGREE)
def test_renderings_that_keep_the_promise(promise: Guarantee, old: str, new: str) -> None:
    assert violation(promise, [Rendering(old)], [Rendering(new)]) is None


@pytest.mark.parametrize(("promise", "old", "new"), DISAGREE)
def test_renderings_that_break_the_promise(promise: Guarantee, old: str, new: str) -> None:
    found = violation(
        promise, [Rendering("same"), Rendering(old)], [Rendering("same"), Rendering(new)]
    )
    assert found is not None and found.startswith("a sample renders ")


REFLOWED = [
    (Reflow.DEDENT, "  a b\n    c", "a b\n  c", True),
    (Reflow.DEDENT, "  a\n  b", "a b", False),
    (Reflow.DEDENT, "  a\n  b", "a\nc", False),
    (Reflow.UNWRAP, "a b\n  c\n\nd", "a b c\n\nd", True),
    (Reflow.UNWRAP, "a\n\nb", "a b", False),
    (Reflow.UNWRAP, "a\nb", "ab", False),
]


@pytest.mark.parametrize(("reflow", "old", "new", "agrees"), REFLOWED)
def test_renderings_of_text_that_was_moved(
    reflow: Reflow, old: str, new: str, agrees: bool
) -> None:
    found = violation(S, [Rendering(old)], [Rendering(new)], reflow)
    assert (found is None) is agrees


def test_the_place_of_the_difference_is_shown() -> None:
    old, new = "x" * 90 + " 10 items", "x" * 90 + " 1 items"
    assert violation(E, [Rendering(old)], [Rendering(new)]) == (
        f"a sample renders {'x' * 18 + ' 1 items'!r} for {'x' * 18 + ' 10 items'!r}"
    )


def test_a_sample_that_failed_before_confirms_nothing() -> None:
    assert violation(E, [Rendering(None, "no")], [Rendering("a")]) is None


def test_a_sample_that_fails_after_contradicts() -> None:
    why = violation(E, [Rendering("a")], [Rendering(None, "line 1: no such filter")])
    assert why == "a sample no longer renders: line 1: no such filter"


def test_a_sample_that_ran_out_of_time_after_confirms_nothing() -> None:
    assert violation(E, [Rendering("a")], [Rendering(None, "too long", limit=True)]) is None
