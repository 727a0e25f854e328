"""What the page of a build tells, and what it leaves out of a large one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptc.report.page import bounds
from promptc.report.page.built import page
from promptc.report.page.views import Page
from tests.report.samples import CACHED, GOOD, LONG, MIXED, built, cached, compiled, sampled, static


def column(found: Page, label: str) -> list[str]:
    at = [each.label for each in found.columns].index(label)
    return [row.cells[at].text for row in found.rows]


def test_the_template_that_saves_the_most_money_comes_first() -> None:
    small = compiled("a/often.j2", sampled(100, 90, 95, calls=9_000_000))
    large = compiled("b/seldom.j2", sampled(5000, 1000, 1200, calls=10))
    found = page(built(large, small))
    assert [row.name for row in found.rows] == ["a/often.j2", "b/seldom.j2"]
    assert column(found, "saved a month") == ["$225.00", "$0.1000"]
    assert found.columns[found.sorted_by].label == "saved a month"


def test_without_calls_a_month_a_thousand_calls_decide() -> None:
    found = page(built(compiled("b.j2", static(100, 99)), compiled("a.j2", static(100, 50))))
    assert [row.name for row in found.rows] == ["a.j2", "b.j2"]
    assert [each.label for each in found.columns][-1] == "saved per 1,000 calls"


def test_a_template_that_grew_is_marked_and_comes_last() -> None:
    last = page(MIXED).rows[-1]
    assert (last.name, last.tone, last.cells[2].text) == ("support/reply.j2", "bad", "~-40")


def test_changes_name_their_pass_their_guarantee_and_what_holds_them() -> None:
    detail = next(each for each in page(GOOD).details if each.name == "support/agent.j2")
    undone = detail.changes[-1]
    assert (undone.title, undone.label, undone.place) == ("collapse-spaces", "undone", "line 14")
    assert undone.told == (("undone", "the columns of a table line up here"),)
    assert next(bar.name for bar in detail.bars) == "drop-dead-branches"
    assert max(bar.share for bar in detail.bars) == 1.0


def test_cold_and_warm_calls_have_a_price_where_the_start_is_cached() -> None:
    details = {each.name: each for each in page(CACHED).details}
    costs = details["rag/answer.j2"].grids[0]
    assert [row[0] for row in costs.rows] == [
        "input, no cache",
        "input, cold: writes the cache",
        "input, warm: reads it",
        "answers, as stated",
    ]
    assert costs.rows[2][1:3] == ("$3.06", "$2.72")
    assert any("pays from 2 calls" in note for note in costs.notes)
    short = details["whole.j2"].grids[0]
    assert any("every call is cold" in note for note in short.notes)


def test_a_start_that_is_cached_no_more_is_said_to_be_cold() -> None:
    found = page(built(cached("a.j2", 2300, 900)))
    costs = found.details[0].grids[0]
    assert costs.rows[2][:3] == ("input, warm: reads it", "$3.06", "$2.28")
    assert costs.notes[0] == (
        "900 static tokens start the prompt; the provider’s cache keeps 1,024 or more, so every "
        "call is cold."
    )


def test_a_cache_that_costs_more_is_said_in_the_table() -> None:
    file = CACHED.files[0]
    verdict = file.cost.caching
    assert verdict
    losing = replace(file, cost=replace(file.cost, caching=replace(verdict, loses=True)))
    found = page(replace(CACHED, files=(losing,)))
    assert found.rows[0].remark == "costs more with the provider’s cache"


def test_failures_stand_on_the_page() -> None:
    (failures,) = (each for each in page(MIXED).lists if each.tone == "bad")
    assert failures.title == "2 templates could not be compiled"
    assert failures.items[0].startswith("ask.j2:14:3: ")


def test_a_large_build_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_ROWS", 20)
    files = [compiled(f"t{n:03}.j2", static(1000, 1000 - n)) for n in range(50)]
    found = page(built(*files))
    assert len(found.rows) == 20
    assert found.rows[0].name == "t049.j2"
    assert found.sums and found.sums.name == "50 templates"
    assert "30 more templates (435 tokens saved)" in found.left_out[0]


def test_only_as_much_text_as_fits_is_on_the_page() -> None:
    source = "x" * 50_000
    files = [
        replace(compiled(f"t{n:03}.j2", static(100, 100 - n % 7)), source=source, text=source)
        for n in range(400)
    ]
    found = page(built(*files))
    assert len(found.rows) == 400
    size = sum(len(mark.before) for each in found.details for mark in each.marks)
    assert 0 < size <= bounds.MOST_CHARACTERS
    assert len(found.details) == 60
    assert [bool(row.anchor) for row in found.rows] == [True] * 60 + [False] * 340
    assert found.left_out[-1].startswith("The text of 60 of 400 templates is on this page")


def test_one_huge_template_is_shown_around_its_changes() -> None:
    source = f"{'word ' * 200_000}\n   \nend"
    file = replace(compiled("huge.j2", static(9, 9)), source=source, text=source, drops=())
    (detail,) = page(built(file)).details
    assert sum(len(mark.before) for mark in detail.marks) < 1000


def test_estimates_keep_their_sign() -> None:
    found = page(MIXED)
    assert column(found, "before")[0].startswith("~")
    assert any(each.startswith("~ marks an estimate") for each in found.footnotes)


def test_long_names_stay_whole() -> None:
    names = {row.name for row in page(LONG).rows}
    assert names == {file.name for file in LONG.files}
