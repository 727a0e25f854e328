"""Which words a prompt means to the letter."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptc.analysis.regions import Spans
from promptc.analysis.speech import literal
from promptc.source import Span

#: A text, and what of it is meant to the letter.
CASES = [
    ('Say "stop" now.', ['"stop']),
    ("Say “stop” now, or ‘go’.", ["“stop”", "‘go’"]),
    ("Don't say 'don't' to users' friends.", ["'don't'"]),
    ('It opens "here\nand there.\n\nThis is new.', ['"here\nand there.']),
    ("Reply with: I can help.\nThen stop.", [" I can help."]),
    ("Output format: one line.\n", [" one line."]),
    ("Agent: How can I help?\n", [" How can I help?"]),
    ("Use these phrases:\n- Hello.\n- Bye.\n\nThen stop.", ["- Hello.\n- Bye."]),
    ("Prompt ||| target", ["||| target"]),
    ("Read it. <doc id=1>You are\nhere.</doc> Then <b>stop</b>.", ["You are\nhere."]),
    ("Read <email_text>Hi.</email_text> and <context>.", ["Hi."]),
    ("Language: use theirs. Rules: be kind.", []),
]


@pytest.mark.parametrize(("text", "parts"), CASES, ids=[case[0][:20] for case in CASES])
def test_words_meant_to_the_letter_are_found(text: str, parts: list[str]) -> None:
    found = literal(text, Spans(()))
    assert [text[slice(*span)] for span in found] == parts


def test_a_quote_in_code_opens_no_quotation() -> None:
    text = 'Type `"` first, then go on.'
    assert list(literal(text, Spans([Span(5, 8)]))) == []


@example('"\n \n"')
@given(st.text(alphabet=['"', "'", "“", "”", "a", " ", "\n", ":", "|"]))
def test_every_pair_of_straight_quotes_is_covered(text: str) -> None:
    found = literal(text, Spans(()))
    for paragraph in re.finditer(r"(?s:(?!\n *\n).)+", text):
        marks = [paragraph.start() + i for i, char in enumerate(paragraph[0]) if char == '"']
        for one, two in zip(marks[::2], marks[1::2], strict=False):
            assert all(found.overlaps(Span(i, i + 1)) for i in range(one, two))
