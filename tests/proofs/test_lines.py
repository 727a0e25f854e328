"""Indents that all lines share, line ends within sentences: what SPACING allows, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.indents import shared_indent
from promptc.errors import PassError
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.passes.dedent_text import DedentText
from promptc.passes.unwrap_lines import UnwrapLines
from promptc.pipeline import optimize
from promptc.proofs import spacing
from promptc.protocols import Guarantee, PassContext
from promptc.rewrite import rewrite
from promptc.source import Source
from promptc.tokens import get_tokenizer
from tests.test_pipeline import Swap

INDENTED = "\n    Be kind.\n      Be brief.\n\n    Name {{ source }}."
WRAPPED = (
    "Name the page that you took every one of these facts from, in\n"
    "the order of the letter. Leave out whatever you did not find in\n"
    "the handbook."
)


class Letters:
    """Every character is a token."""

    name = "letters"
    exact = True

    def count(self, text: str) -> int:
        return len(text)


CTX = PassContext(Letters())


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (INDENTED, "    Be kind", "Be kind"),
        (INDENTED, "\n    ", "\n"),
        (INDENTED, "    ", "  "),
        (WRAPPED, "in\nthe order", "inthe order"),
        ("Be kind\nand brief.", "\n", " "),
        ("```\n" + WRAPPED + "\n```", "in\nthe order", "in the order"),
        ("\n    def f():\n        return 1\n    f()\n", "    def", "def"),
    ],
)
def test_a_pass_that_moves_one_line_or_joins_others_is_caught(
    text: str, old: str, new: str
) -> None:
    liar: Any = Swap(old, new, Guarantee.SPACING)
    with pytest.raises(PassError, match="swap promised"):
        optimize(parse(Source(text)), [liar], CTX)


def test_part_of_the_indent_is_no_proof() -> None:
    template = parse(Source(INDENTED))
    spans = shared_indent(template)
    edit = Edit(tuple(Patch(span, "") for span in spans[:-1]))
    assert spacing.violation(template, rewrite(template, [edit]), [edit])
    whole = Edit(tuple(Patch(span, "") for span in spans))
    assert spacing.violation(template, rewrite(template, [whole]), [whole]) is None


def test_a_wrapped_paragraph_is_joined_where_that_saves_tokens() -> None:
    ctx = PassContext(get_tokenizer("gpt-4o"))
    outcome = optimize(parse(Source(WRAPPED)), [UnwrapLines()], ctx)
    assert outcome.template.text == WRAPPED.replace("\n", " ")
    assert outcome.steps[0].saved > 0


LINES = st.lists(
    st.sampled_from(
        ["Be kind.", "  - brief", "Ask {{ x }}.", "", "so  on", "{% if a %}so{% endif %}"]
    ),
    min_size=2,
    max_size=8,
)


@given(LINES, st.sampled_from([" ", "    ", "\t", "  \t"]))
def test_dedent_undoes_an_indent(lines: list[str], indent: str) -> None:
    flat = "\n" + "\n".join(lines) + "\nEnd."
    indented = "\n" + "\n".join(indent + line if line else "" for line in lines) + f"\n{indent}End."
    after = optimize(parse(Source(indented)), [DedentText()], CTX).template.text
    assert after in (flat, indented)
    if after == indented:
        assert "{%" in flat or sum(bool(line) for line in lines) == 0
