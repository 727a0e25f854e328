"""Passes that drop more than they may, and the one that keeps its word."""

from __future__ import annotations

from typing import Any

import pytest

from promptc.analysis.example_sets import example_sets
from promptc.errors import PassError
from promptc.ir import Edit, Output, Patch
from promptc.parse import parse
from promptc.passes.prune_examples import LEAST, PruneExamples
from promptc.pipeline import optimize
from promptc.proofs import selection
from promptc.protocols import Guarantee, PassContext
from promptc.rewrite import rewrite
from promptc.source import Source
from promptc.tokens import get_tokenizer
from tests.test_pipeline import Swap

SET = "Be brief.\n\nQ: a\nA: b\n\nQ: c\nA: d\n\nQ: e\nA: f\n\nQ: {{ q }}\nA:"
TOKENIZER = get_tokenizer("gpt-4o")
CTX = PassContext(TOKENIZER, grant=frozenset({"prune-examples"}))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Be brief.", "", "drops what is no example"),
        ("Q: a\nA: b\n\n", "Q: a\n\n", "writes"),
        ("Q: e\nA: f\n\n", "", "drops the last example"),
        ("A: b", "", "drops what is no example"),
    ],
)
def test_a_pass_that_drops_anything_else_is_caught(old: str, new: str, why: str) -> None:
    liar: Any = Swap(old, new, Guarantee.SELECTION)
    with pytest.raises(PassError, match=f"swap promised .*{why}"):
        optimize(parse(Source(SET)), [liar], CTX)


def test_two_examples_stay() -> None:
    template = parse(Source(SET))
    (found,) = example_sets(template)
    edits = [Edit((Patch(each.span, ""),)) for each in found[:2]]
    why = selection.violation(template, rewrite(template, edits), edits)
    assert why == "leaves fewer than 2 examples of a set"
    assert selection.violation(template, rewrite(template, edits[:1]), edits[:1]) is None
    assert LEAST == selection.LEAST


def test_a_hole_may_not_go_with_an_example() -> None:
    liar: Any = Swap("{{ q }}", "", Guarantee.SELECTION, frozenset({Output}))
    with pytest.raises(PassError, match="drops what is no example"):
        optimize(parse(Source(SET)), [liar], CTX)


def test_without_a_grant_nothing_happens() -> None:
    template = parse(Source(SET.replace("Q: c\nA: d", "Q: a\nA: b")))
    passes = [PruneExamples()]
    assert optimize(template, passes, PassContext(TOKENIZER)).template is template
    assert optimize(template, passes, CTX).template.text == SET.replace("Q: c\nA: d\n\n", "")


def test_the_drop_says_why() -> None:
    template = parse(Source(SET))
    outcome = optimize(template, [PruneExamples(most=2)], CTX)
    assert [(drop.rule, drop.before) for drop in outcome.drops] == [
        ("over the cap", "Q: c\nA: d\n\n")
    ]
