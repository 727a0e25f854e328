from __future__ import annotations

import pytest

from promptc.report.sums import by_guarantee, by_pass
from promptc.results import Step
from tests.report.samples import ALL, GOOD, compiled, sampled

FIELDS = ("edits", "undone", "skipped", "saved")


@pytest.mark.parametrize("name", ALL)
def test_both_add_up_to_all_steps(name: str) -> None:
    files = ALL[name].files
    steps = [step for file in files for step in file.steps]
    whole = {
        "edits": sum(step.edits for step in steps),
        "undone": sum(len(step.undone) for step in steps),
        "skipped": sum(step.skipped for step in steps),
        "saved": sum(step.saved for step in steps),
    }
    for found in (by_pass(files), by_guarantee(files)):
        assert {field: sum(getattr(each, field) for each in found) for field in FIELDS} == whole


def test_templates_are_counted_once_though_several_passes_change_them() -> None:
    assert {each.name: each.templates for each in by_guarantee(GOOD.files)} == {
        "EXACT": 1,
        "SPACING": 1,
        "DATA": 2,
        "MEANING": 1,
    }


def test_rules_of_one_pass_are_added_over_the_templates() -> None:
    one, two = (
        compiled(name, sampled(9, 8, 8), steps=(Step("p", 1, "DATA", 9, 8, 3, rules=rules),))
        for name, rules in {"a": (("x", 2), ("y", 1)), "b": (("y", 3),)}.items()
    )
    (found,) = by_pass([one, two])
    assert found.rules == (("y", 4), ("x", 2))


def test_passes_of_one_guarantee_stand_together_those_that_save_the_most_first() -> None:
    steps = (
        Step("little", 1, "SPACING", 9, 8, 1),
        Step("meant", 1, "MEANING", 9, 1, 1),
        Step("much", 1, "SPACING", 9, 3, 1),
    )
    found = by_pass([compiled("a", sampled(9, 8, 8), steps=steps)])
    assert [each.name for each in found] == ["much", "little", "meant"]
