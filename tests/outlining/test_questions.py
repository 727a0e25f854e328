"""What counts as an answer, and the questions that a document asks itself."""

from __future__ import annotations

import pytest

from promptc.outlining.questions import Asked, answered, drawn, plain
from promptc.passages import Document
from promptc.passages.chunking import chunk
from promptc.tokens import get_tokenizer


@pytest.mark.parametrize(
    ("answer", "text", "holds"),
    [
        ("26", "You have 26 days.", True),
        ("26", "It costs 26.50 or 126.", False),
        ("26", "In 1,26 and 26,000 there is none", False),
        ("26", "It takes 26.", True),
        ("$400", "The deductible is $400.", True),
        ("2 hours", "within **2\n  hours**", True),
        ("Two Hours", "two hours", True),
        ("hour", "two hours", False),
        ("十二天", "每年有十二天假期。", True),
        ("Straße 5", "in der STRASSE 5", True),
        ("", "anything", False),
        ("*", "a * b", False),
    ],
)
def test_an_answer_stands_in_whole_words(answer: str, text: str, holds: bool) -> None:
    assert answered([answer], plain(text)) is holds


def test_one_of_the_answers_is_enough() -> None:
    assert answered(["no", "26 days"], "26 days")
    assert not answered([], "26 days")


def _asked(text: str) -> tuple[Asked, ...]:
    return drawn(chunk(Document("d", text), get_tokenizer("gpt-4o")))


def test_headings_are_asked_for_what_stands_below_them() -> None:
    text = "# Rules\n\n## 1.2 Breaks\n\nA break takes 30 minutes and is not paid for.\n"
    assert _asked(text) == (Asked("Breaks", ("A break takes 30 minutes and is not paid for.",)),)


def test_a_text_without_headings_asks_nothing() -> None:
    assert _asked("A break takes 30 minutes. It is not paid.") == ()
    assert _asked("") == ()


def test_a_heading_without_a_text_asks_nothing() -> None:
    assert _asked("# One\n\n# Two\n\nOk.\n") == ()
