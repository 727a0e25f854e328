"""What holds for every input, budget and question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from promptc import Budget, BudgetError, Options, compress
from promptc.results import Compressed
from tests.compressing.samples import (
    COUNT,
    FINE,
    ODD,
    QUERIES,
    RATES,
    TEXTS,
    outputs,
    prose,
    tokens,
)

PARTS = re.compile(r"https?://\S*\w|[\w.+-]+@[\w.-]*\w|\d+(?:[.,:]\d+)*|[^\W\d_]+")


def sound(result: Compressed) -> None:
    """Spans are true, in order and apart; the figures say what a recount says."""
    for text, kept in zip(result.inputs, result.kept, strict=True):
        assert all(0 <= span.start < span.stop <= len(text) for span in kept)
        assert all(one.stop < two.start for one, two in pairwise(kept))
    assert result.tokens_after <= result.limit
    assert result.met


@given(ODD, RATES, QUERIES, FINE)
def test_a_text_is_cut_to_its_budget_and_nothing_is_written(
    text: str, rate: float, query: str, fine: bool | None
) -> None:
    result = compress(text, budget=Budget(rate=rate), query=query, options=Options(fine=fine))
    sound(result)
    assert result.text == outputs(result)[0]
    assert COUNT(result.text) == result.tokens_after <= int(COUNT(text) * rate)
    assert result.inputs == (text,)


@given(st.lists(ODD, max_size=5), RATES, QUERIES, FINE)
def test_documents_keep_their_number_and_order(
    texts: list[str], rate: float, query: str, fine: bool | None
) -> None:
    documents = [{"text": text, "id": n, "title": f"Note {n}"} for n, text in enumerate(texts)]
    given = documents if texts else []
    result = compress(given, budget=Budget(rate=rate), query=query, options=Options(fine=fine))
    sound(result)
    assert result.documents is not None
    assert [each["id"] for each in result.documents] == list(range(len(texts)))
    assert [each["text"] for each in result.documents] == outputs(result)
    assert tokens(outputs(result)) == result.tokens_after <= int(tokens(texts) * rate)


@given(TEXTS, TEXTS, RATES, FINE)
def test_messages_keep_what_the_system_says_and_what_is_asked(
    tool: str, context: str, rate: float, fine: bool | None
) -> None:
    assume("</context>" not in context)
    asked = "Who signed?"
    messages: Sequence[dict[str, Any]] = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "tool_call_id": "1", "content": tool},
        {"role": "user", "content": f"<context>{context}</context>{asked}"},
    ]
    options = Options(fine=fine)
    try:
        result = compress(messages, budget=Budget(rate=rate), options=options)
    except BudgetError:
        return
    sound(result)
    assert result.messages is not None
    assert result.messages[:2] == tuple(messages[:2])
    assert result.messages[2] == {**messages[2], "content": outputs(result)[0]}
    left = f"<context>{outputs(result)[1]}</context>{asked}"
    assert result.messages[3] == {"role": "user", "content": left}


@given(ODD, QUERIES, FINE)
def test_a_rate_of_one_changes_nothing(text: str, query: str, fine: bool | None) -> None:
    result = compress(text, budget=Budget(rate=1), query=query, options=Options(fine=fine))
    assert (result.text, result.tokens_after) == (text, result.tokens_before)


@given(TEXTS, RATES, QUERIES, FINE)
def test_doing_it_again_changes_nothing(
    text: str, rate: float, query: str, fine: bool | None
) -> None:
    options = Options(fine=fine)
    once = compress(text, budget=Budget(rate=rate), query=query, options=options)
    again = compress(
        once.text or "", budget=Budget(tokens=once.limit), query=query, options=options
    )
    assert again.text == once.text


@given(TEXTS, RATES, FINE)
def test_no_cut_inside_a_word_a_number_or_a_link(text: str, rate: float, fine: bool | None) -> None:
    result = compress(text, budget=Budget(rate=rate), options=Options(fine=fine))
    parts = [match for match in PARTS.finditer(text) if match.group().isascii()]
    edges = {edge for span in result.kept[0] for edge in span}
    cut = [match.group() for match in parts for at in edges if match.start() < at < match.end()]
    assert not cut


@given(st.lists(st.sampled_from(("one. ", "two, three\n", "\n\n", "four ")), min_size=4), st.data())
def test_what_must_stay_stays_to_the_letter(before: list[str], data: st.DataObject) -> None:
    text = "".join(before) + prose(8)
    start = data.draw(st.integers(0, len(text) - 2))
    wanted = text[start : start + data.draw(st.integers(1, 60))]
    for fine in (True, False):
        try:
            result = compress(
                text, budget=Budget(rate=0.6), options=Options(keep=(wanted,), fine=fine)
            )
        except BudgetError:
            continue
        places = [match.span() for match in re.finditer(re.escape(wanted), text)]
        assert all(
            any(span.start <= one and two <= span.stop for span in result.kept[0])
            for one, two in places
        )


@pytest.mark.parametrize("fine", [None, True, False])
@pytest.mark.parametrize("query", ["", "Who signed the lease?"])
@pytest.mark.parametrize("sentences", [3, 14, 300])
def test_any_length_is_cut_and_the_budget_used(
    sentences: int, query: str, fine: bool | None
) -> None:
    text = prose(sentences)
    result = compress(text, budget=Budget(rate=0.5), query=query, options=Options(fine=fine))
    longest = max(COUNT(each) for each in text.split(". "))
    assert result.limit - longest <= result.tokens_after <= result.limit


@pytest.mark.parametrize("query", ["", "Who signed the lease?"])
@pytest.mark.parametrize("fine", [True, False])
def test_equal_sentences_are_cut_in_half(query: str, fine: bool) -> None:
    text = "The harbor office signed the lease in 1987. " * 1000
    result = compress(text, budget=Budget(rate=0.5), query=query, options=Options(fine=fine))
    assert 0.48 <= result.rate <= 0.5


def test_the_tail_is_cut_as_the_head_is() -> None:
    text = prose(300)
    result = compress(text, budget=Budget(rate=0.5), options=Options(fine=True))
    shares = []
    for part in range(4):
        one, two = len(text) * part // 4, len(text) * (part + 1) // 4
        shares.append(
            sum(max(min(stop, two) - max(start, one), 0) for start, stop in result.kept[0])
        )
    assert max(shares[-1:]) < len(text) // 4 * 0.9
