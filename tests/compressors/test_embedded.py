"""The default compressor: what it does where, by its own contract."""

from __future__ import annotations

import pytest

from promptc.compressors.embedded import Embedded
from promptc.errors import BudgetError
from promptc.models import embedder, scorer
from promptc.protocols import Request
from promptc.selection.joining import joined
from promptc.source import Span
from promptc.tokens import get_tokenizer
from tests.compressing.samples import COUNT, prose

TOKENIZER = get_tokenizer("gpt-4o")


def left(text: str, fine: bool | None, tokens: int, query: str = "") -> str:
    request = Request(tokens, TOKENIZER, query)
    (kept,) = Embedded(embedder(), scorer(), fine).keep([text], request)
    return joined(text, kept)


@pytest.mark.parametrize(
    ("fine", "rate", "query", "cut"),
    [
        (None, 0.4, "", True),
        (None, 0.8, "", False),
        (None, 0.4, "Who signed?", False),
        (True, 0.8, "Who signed?", True),
        (False, 0.2, "", False),
    ],
)
def test_units_are_cut_where_that_is_right(
    fine: bool | None, rate: float, query: str, cut: bool
) -> None:
    text = prose(40)
    sentences = set(text.replace(" says. ", " says.|").split("|"))
    shown = left(text, fine, int(COUNT(text) * rate), query)
    assert (not set(shown.strip().replace(" says. ", " says.|").split("|")) <= sentences) == cut


def test_code_that_can_not_be_cut_leaves_no_overshoot() -> None:
    text = "```\n" + "".join(f"value_{n} = compute({n}, {n + 1})\n" for n in range(60)) + "```\n"
    shown = left(text, True, COUNT(text) // 3)
    assert 0 < COUNT(shown) <= COUNT(text) // 3
    assert shown.startswith("```\n") and shown.endswith("```\n")


@pytest.mark.parametrize("fine", [True, False])
def test_what_must_stay_is_named_in_the_budget_that_was_asked(fine: bool) -> None:
    text = prose(9)
    request = Request(7, TOKENIZER, keep=((Span(0, len(text)),),))
    with pytest.raises(BudgetError, match="allows 7"):
        Embedded(embedder(), scorer(), fine).keep([text], request)
