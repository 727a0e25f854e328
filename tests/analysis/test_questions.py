"""What is a question, what it asks for, and what two of them can't both ask."""

from __future__ import annotations

import pytest

from promptc.analysis.questions import asked, conflict, edited, question


@pytest.mark.parametrize(
    "text",
    ["Is it done?", "*Who wrote it?*", "If it rains, will they play?", "And who pays?"],
)
def test_what_asks_for_something_is_a_question(text: str) -> None:
    assert question(text)


@pytest.mark.parametrize(
    "text",
    ["Do not ask.", "Could you list the risks?", "When asked, answer.", "List the risks?", ""],
)
def test_what_tells_to_do_something_is_none(text: str) -> None:
    assert question(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who pays?", "who"),
        ("In what year was it built?", "when"),
        ("How many are there?", "amount"),
        ("How is it made?", "how"),
        ("Is it made of tin?", "whether"),
        ("What is it?", ""),
    ],
)
def test_a_question_wants_a_kind_of_answer(text: str, kind: str) -> None:
    assert asked(text) == kind


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Is tin cheap?", "Is tin expensive?"),
        ("How do I stop it?", "What is the worst way to stop it?"),
        ("What is only made of tin?", "What is made of tin?"),
        ("Who made it?", "When was it made?"),
        ("Must I sign it?", "May I sign it?"),
        ("Did Rome beat Milan?", "Did Milan beat Rome?"),
        ("Is `a` set?", "Is `b` set?"),
    ],
)
def test_two_questions_can_say_what_the_other_cannot_mean(one: str, two: str) -> None:
    assert conflict(one, two)
    assert conflict(two, one)
    assert not conflict(one, one)


def test_one_place_changed_is_an_edit_and_a_new_sentence_is_none() -> None:
    before = "How do I return a broken cup to the shop?"
    assert edited(before, "How do I return a broken cup to the maker?")
    assert edited(before, "How do I return a cup?")
    assert edited("Can a dog bite a big cat?", "Can a big cat bite a dog?")
    assert not edited(before, "What is the way to give a cup that broke back to a shop?")
