"""Questions that were asked anew: which pass, which don't, and that nothing else is let through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.likeness import likeness
from promptc.analysis.reasked import REASKED, reasked
from promptc.checks.facts import Facts
from promptc.checks.similarity import Similarity
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source, Span

HERE = Path(__file__).parent


def _pairs(name: str) -> list[tuple[str, str]]:
    rows = (HERE / name).read_text(encoding="utf-8").splitlines()
    pairs = [row.replace("\\n", "\n").split(" => ") for row in rows if row[:2] != "# "]
    return [(before, after) for before, after in pairs]


ANEW, OTHERWISE = _pairs("asked_anew.txt"), _pairs("asked_otherwise.txt")
INSTRUCTIONS = [pair for pair in _pairs("said_otherwise.txt") if "?" not in "".join(pair)]


def _passes(before: str, after: str) -> bool:
    return Facts().check(before, after).passed and Similarity().check(before, after).passed


@pytest.mark.parametrize(("before", "after"), ANEW)
def test_a_question_may_be_asked_in_other_words(before: str, after: str) -> None:
    assert _passes(before, after)
    assert _passes(after, before)


@pytest.mark.parametrize(("before", "after"), ANEW)
def test_it_is_the_question_that_lets_it_pass(before: str, after: str) -> None:
    strict = Facts(2.0), Similarity(questions=2.0)
    assert not all(check.check(before, after).passed for check in strict)


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_a_question_that_asks_for_something_else_fails(before: str, after: str) -> None:
    assert not _passes(before, after)
    assert not _passes(after, before)


@pytest.mark.parametrize(("before", "after"), INSTRUCTIONS)
def test_a_question_beside_an_instruction_lets_no_more_pass(before: str, after: str) -> None:
    one, two = ANEW[0]
    assert _passes(f"{one}\n\nBe kind.", f"{two}\n\nBe kind.")
    assert not _passes(f"{one}\n\n{before}", f"{two}\n\n{after}")


def test_a_name_lost_from_an_instruction_is_seen_though_a_question_lost_it_too() -> None:
    one = "How do I renew my card of the City Library?\n\nMention the City Library."
    two = "What do I do to get my library card renewed?\n\nMention the library."
    lost = {fact.text for fact in Facts().check(one, two).lost}
    assert "City" in lost


def test_what_was_asked_anew_is_shown() -> None:
    detail = Similarity().check(*ANEW[0]).detail
    assert detail[0].startswith("asked anew: 'How can I return a broken cup?' - 'What do I have")


def test_a_finding_beside_a_question_names_its_place_in_the_text_before() -> None:
    one, two = ANEW[0]
    detail = Similarity().check(f"{one} Never share it.", f"{two} Share it.").detail
    assert detail[0] == f"would lose 'Never' at 1:{len(one) + 2}"


def test_a_build_reads_questions_word_by_word() -> None:
    one, two = ANEW[0]
    template = parse(Source(one))
    edits = [Edit((Patch(Span(0, len(one)), two),))]
    after = rewrite(template, edits)
    assert Similarity().objections(template, after, edits)


QUESTIONS = [each for pair in ANEW + OTHERWISE for each in pair]
TEXTS = st.lists(st.sampled_from([*QUESTIONS, "Be kind.", "# A", "`a?`", "?"]), max_size=5).map(
    "\n\n".join
)


@given(TEXTS, TEXTS)
def test_only_questions_are_put_anew_and_what_is_between_stays(one: str, two: str) -> None:
    found = reasked(one, two)
    at, rest = 0, []
    for old, new, score in found.questions:
        assert one[slice(*old)].rstrip().endswith("?")
        assert two[slice(*new)].rstrip().endswith("?")
        assert score >= REASKED
        rest += [one[at : old.start], two[slice(*new)]]
        at = old.stop
    assert "".join([*rest, one[at:]]) == found.text


@given(TEXTS, TEXTS, st.data())
def test_a_place_between_questions_is_found_again(one: str, two: str, data: st.DataObject) -> None:
    found = reasked(one, two)
    at = data.draw(st.integers(0, max(0, len(found.text) - 1)))
    back = found.origin(Span(at, at))
    inside = any(old.start <= back.start <= old.stop for old, _, _ in found.questions)
    assert inside or one[back.start : back.start + 1] == found.text[at : at + 1]


@given(st.sampled_from(QUESTIONS), st.sampled_from(QUESTIONS))
def test_likeness_is_the_same_from_either_side(one: str, two: str) -> None:
    assert 0 <= likeness(one, two) <= 1
    assert likeness(one, two) == pytest.approx(likeness(two, one), abs=0.001)


NUMBERS = st.integers(2, 99)


@given(st.sampled_from(ANEW), NUMBERS, NUMBERS)
def test_a_number_of_one_side_alone_is_never_let_pass(
    pair: tuple[str, str], one: int, two: int
) -> None:
    sides = zip(pair, (one, two), strict=True)
    before, after = (f"{side.split('?')[0]} in {n} days?" for side, n in sides)
    assert likeness(before, after) == 0 or one == two
    assert likeness(before, pair[1]) == 0
