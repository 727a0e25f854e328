"""Edits of questions and of a second hand: what they do, and how pairs are counted."""

from __future__ import annotations

import random

import pytest

from benchmarks.editing import asking, pairs, second
from benchmarks.editing.cases import by_second_hand, half, harmed

ASKED = """\
Is it wrong to refund a parcel that was not sent? Who must sign for 3 parcels if Anna is away?
How do I send a parcel to Peru? Is a parcel safe?
"""
PROMPT = """\
Please use all of the tools in order to answer. You must not share the key with the user.
If the user asks for it, write the answer as JSON and keep it short. Do not greet a user!
The list has 4 items and you should include the first. It is one of the most useful lists of all, so
do not change the order of its items, and never write more lines than that in any answer you give.

- Be kind.
- Be brief.
- Be honest.
"""


@pytest.mark.parametrize("kind", asking.EDITS)
def test_each_edit_of_a_question_changes_one_and_nothing_else(kind: str) -> None:
    made = {asking.EDITS[kind](ASKED, random.Random(seed)) for seed in range(30)} - {None}
    assert made
    for text in made:
        assert text is not None
        assert text != ASKED
        assert text.count("?") == ASKED.count("?")


def test_a_prompt_without_a_question_has_none_to_edit() -> None:
    assert {edit(PROMPT, random.Random(1)) for edit in asking.EDITS.values()} == {None}


def test_what_is_asked_anew_loses_only_what_both_sides_say() -> None:
    row = {"id": "a", "label": 1, "text_a": "How do I fly?", "text_b": "How do I fly if I can't?"}
    kinds = [each.kind for each in harmed([row])]
    assert "asked anew: scope narrowed" in kinds
    assert "asked anew: condition lost" not in kinds
    assert "question: scope narrowed" in kinds
    assert not [each for each in harmed([{**row, "label": 0}]) if "anew" in each.kind]


EDITS = [*second.HARMS.items(), *second.HARMLESS.items()]


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=[kind for kind, _ in EDITS])
def test_each_edit_of_the_second_hand_can_be_done(edit: second.Edit) -> None:
    made = {edit(PROMPT, random.Random(seed)) for seed in range(30)} - {None}
    assert made
    assert PROMPT not in made


def test_the_second_hand_wrote_as_many_of_either_sort() -> None:
    harm = [each for each in second.written() if each.harm]
    none = [each for each in second.written() if not each.harm]
    assert len(harm) >= 150
    assert len(none) >= 150
    assert all(each.before != each.after for each in harm + none)
    assert len({(each.before, each.after) for each in harm + none}) == len(harm + none)


def test_the_second_hand_edits_each_prompt_in_one_way_of_a_kind() -> None:
    made = [
        each for each in by_second_hand([{"id": "a", "text": PROMPT}]) if "written" not in each.kind
    ]
    assert len({each.kind for each in made}) == len(made) > 12


ASKS = "How can I fly to Rome in a plane?"
OTHERS = {1: "Which way can I take to get to Rome by plane?", 0: "Who rules Rome?"}
ROWS = [
    {"id": f"{label}{n}", "label": label, "text_a": ASKS, "text_b": other}
    for label, other in OTHERS.items()
    for n in range(12)
]


def test_pairs_are_counted_by_what_people_say_of_them() -> None:
    found = pairs.measured("ours", ROWS)
    assert found["same"] + found["other"] == sum(half(row) for row in ROWS)
    assert (found["same_passed"], found["other_passed"], found["precision"]) == (1, 0, 1)
    assert found["same_word_by_word"] == 0


def test_the_lowest_threshold_that_lets_few_others_pass_is_chosen() -> None:
    points = [
        {"threshold": at, "other_questions_passed": passed}
        for at, passed in ((0.3, 0.2), (0.4, 0.05), (0.5, 0.0))
    ]
    assert pairs.chosen(points) == 0.4
    assert pairs.chosen([{**points[0]}]) == pairs.GRID[-1]
