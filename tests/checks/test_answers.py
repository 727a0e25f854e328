"""The check `answers`: whether the user's questions can still be answered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promptc.checks.answers import Answers, Asked

CHECK = Answers((Asked("How long?", ("30 days", "one month")), Asked("Who?", ("Ada Kern",))))


def test_an_answer_that_went_is_lost() -> None:
    result = CHECK.check("Within 30 days, says Ada Kern.", "Says Ada Kern.")
    assert (result.passed, result.score) == (False, 0.5)
    assert result.detail == ("would lose the answer to 'How long?'",)


def test_any_of_the_answers_will_do() -> None:
    assert CHECK.check("Within 30 days.", "Within one month.").passed


def test_case_spaces_quotes_and_dashes_tell_nothing() -> None:
    check = Answers((Asked("What?", ('{"error": "no-answer"}',)),))
    assert check.check('{"error": "no-answer"}', "{'Error':\n'no–answer'}").passed


def test_an_answer_is_no_part_of_a_word() -> None:
    check = Answers((Asked("How many?", ("3",)),))
    assert not check.check("Take 3.", "Take 30.").passed


def test_what_was_never_there_is_shown_and_not_judged() -> None:
    result = CHECK.check("Ada Kern", "Ada Kern, 30 days")
    assert result.passed
    assert result.detail == ("the answer to 'How long?' is only in the text after",)
    assert CHECK.check("", "").detail[0] == "the answer to 'How long?' is in neither text"


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_that_holds_the_other_keeps_every_answer(text: str, more: str) -> None:
    words = tuple(text.split()[:3]) or ("x",)
    check = Answers((Asked("?", (" ".join(words),)),))
    assert check.check(text, f"{more}\n{text}\n{more}").passed
