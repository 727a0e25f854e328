from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptc.building.ledger import Entry, Ledger, dumps, loads
from promptc.compiling import Plan, compile
from promptc.errors import PromptcError
from promptc.parse import parse
from promptc.protocols import Guarantee
from promptc.report import changed_lines, explain_line
from promptc.results import Drop
from promptc.source import Source, Span
from tests.report.samples import HOSTILE
from tests.test_passes import Bytes
from tests.test_pipeline import Swap

TEXT = "Answer   it.  \n\n\n\n| a   | b  |\nBe {{ kind }}.\n"


def entry(pass_name: str, before: str, after: str, *, at: int = -1, rule: str = "") -> Entry:
    """What a pass made of the first *before* in `TEXT`, or of the one that starts *at*."""
    start = at if at >= 0 else TEXT.index(before)
    line = TEXT.count("\n", 0, start) + 1
    column = start - (TEXT.rfind("\n", 0, start) + 1) + 1
    span = Span(start, start + len(before))
    drop = Drop(pass_name, "ask.j2", span, line, column, before, after, rule)
    guarantee = {"compact-tables": "DATA", "fold-constants": "EXACT"}.get(pass_name, "SPACING")
    return Entry(drop, guarantee, line + before.count("\n", 0, len(before) - 1), before)


SPACES = entry("collapse-spaces", "   ", " ")._replace(renderings=5)
END = entry("trim-line-ends", "  ", "", at=12)
BLANKS = entry("collapse-blank-lines", "\n\n\n\n", "\n\n")
CELLS = tuple(
    entry("compact-tables", " ", "", at=at, rule="padding") for at in (19, 25)
)  # fmt: skip
HOLE = entry("fold-constants", "{{ kind }}", "brief")
LEDGER = Ledger({"ask.j2": (SPACES, END, BLANKS, *CELLS, HOLE)})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the template in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "ask.j2").write_text(TEXT)
    return tmp_path


def test_a_line_tells_pass_by_pass_what_stood_there_and_what_stands_now() -> None:
    assert explain_line(LEDGER, "ask.j2", 1) == (
        "ask.j2:1: changed by 3 passes\n\n"
        "  collapse-spaces\n"
        "    SPACING: the same words, spaced differently\n"
        "    before  Answer···it.  \n"
        "    after   Answer·it.  \n"
        "    held    proved on the tree, confirmed by 5 renderings\n\n"
        "  trim-line-ends\n"
        "    SPACING: the same words, spaced differently\n"
        "    before  Answer   it.··\n"
        "    after   Answer   it.\n"
        "    held    proved on the tree\n\n"
        "  collapse-blank-lines\n"
        "    SPACING: the same words, spaced differently\n"
        "    before  Answer   it.  ↵↵↵↵…\n"
        "    after   Answer   it.  ↵↵…\n"
        "    held    proved on the tree"
    )


def test_the_edits_of_a_pass_to_a_line_are_one_entry() -> None:
    shown = explain_line(LEDGER, "templates/ask.j2", 5)
    assert shown.count("before") == 1
    assert "  compact-tables, rule padding\n    DATA: the same data, written shorter\n" in shown
    assert "before  |·a   |·b  |\n    after   |a   |b  |" in shown


def test_an_edit_belongs_to_every_line_it_ends() -> None:
    shown = [explain_line(LEDGER, "ask.j2", line) for line in range(1, 7)]
    assert ["collapse-blank-lines" in each for each in shown] == [True] * 4 + [False] * 2
    assert "before  …↵↵↵↵…" in shown[2]


def test_text_that_was_replaced_is_shown_as_it_was_and_as_it_is() -> None:
    shown = explain_line(LEDGER, "ask.j2", 6)
    assert "before  Be {{·kind·}}.\n    after   Be brief." in shown


def test_whole_lines_that_went_are_shown_whole(folder: Path) -> None:
    text = "a\n{% if false %}\nb\n{% endif %}\nc"
    (folder / "ask.j2").write_text(text)
    before = text[2:-2]
    drop = Drop("drop-dead-branches", "ask.j2", Span(2, 2 + len(before)), 2, 1, before, "{# #}")
    ledger = Ledger({"ask.j2": (Entry(drop, "EXACT", 4, before),)})
    shown = [explain_line(ledger, "ask.j2", line) for line in (2, 3, 4)]
    whole = "before  {%·if·false·%}↵b↵{%·endif·%}\n    after   {#·#}\n"
    assert [whole in each for each in shown] == [True] * 3


def test_only_the_drops_are_shown_where_the_source_has_changed(folder: Path) -> None:
    (folder / "templates" / "ask.j2").write_text(f"New. {TEXT}")
    shown = explain_line(LEDGER, "ask.j2", 5)
    assert "before  …·…·…\n    after   …\n" in shown
    assert "not here as it was built" in shown


def test_edits_of_later_rounds_stand_below() -> None:
    twice = Ledger({"ask.j2": (SPACES, entry("collapse-spaces", "  it", " it", at=7))})
    assert explain_line(twice, "ask.j2", 1).count("before") == 2


def test_long_lines_are_shortened(folder: Path) -> None:
    text = "x" * 500 + "  " + "y" * 500
    (folder / "ask.j2").write_text(text)
    drop = Drop("collapse-spaces", "ask.j2", Span(500, 502), 1, 501, "  ", " ")
    shown = explain_line(Ledger({"ask.j2": (Entry(drop, "SPACING", 1, "  "),)}), "ask.j2", 1)
    assert f"{'x' * 30}··{'y' * 30}…" in shown
    assert max(map(len, shown.splitlines())) < 150


def test_a_line_without_edits_names_the_nearest() -> None:
    assert explain_line(LEDGER, "ask.j2", 9) == (
        "ask.j2:9: nothing was changed here; nearest are lines 1, 4-6"
    )
    nothing = Ledger({"ask.j2": ()})
    assert explain_line(nothing, "ask.j2", 1) == "ask.j2: nothing was changed in this file"
    with pytest.raises(PromptcError, match=r"not in the drop ledger; did you mean 'ask\.j2'"):
        explain_line(LEDGER, "asks.j2", 1)


def test_a_file_tells_its_lines() -> None:
    assert changed_lines(LEDGER, "ask.j2") == "ask.j2: lines 1-6 changed"
    assert changed_lines(Ledger({"ask.j2": ()}), "ask.j2") == "ask.j2: nothing changed"


LOST = entry("shorten-phrases", "it", "", rule="pronouns")._replace(
    guarantee="MEANING", undone="facts: would lose 'it' (name)"
)
AGREED = entry("shorten-phrases", "Answer", "Tell", rule="verbs")._replace(
    guarantee="MEANING", checks=("facts", "similarity")
)


def test_a_change_of_words_tells_which_checks_agreed() -> None:
    assert explain_line(Ledger({"ask.j2": (AGREED,)}), "ask.j2", 1) == (
        "ask.j2:1: changed by 1 pass\n\n"
        "  shorten-phrases, rule verbs\n"
        "    MEANING: different words; the quality checks agree\n"
        "    before  Answer   it.  \n"
        "    after   Tell   it.  \n"
        "    held    facts: agreed, similarity: agreed"
    )
    unasked = Ledger({"ask.j2": (AGREED._replace(checks=()),)})
    assert explain_line(unasked, "ask.j2", 1).endswith("    held    no check was asked")


def test_an_edit_that_was_undone_tells_what_was_tried_and_why_not() -> None:
    assert explain_line(Ledger({"ask.j2": (LOST,)}), "ask.j2", 1) == (
        "ask.j2:1: nothing changed, 1 edit undone\n\n"
        "  shorten-phrases, rule pronouns\n"
        "    before  Answer   it.  \n"
        "    tried   Answer   .  \n"
        "    undone  facts: would lose 'it' (name)"
    )


def test_kept_edits_of_a_pass_stand_before_those_undone() -> None:
    shown = explain_line(Ledger({"ask.j2": (LOST, AGREED)}), "ask.j2", 1)
    assert shown.startswith("ask.j2:1: changed by 1 pass, 1 edit undone\n")
    labels = [line.split()[0] for line in shown.splitlines() if line.startswith("    ")]
    assert labels == ["MEANING:", "before", "after", "held", "before", "tried", "undone"]


def test_lines_on_which_an_edit_was_undone_are_named_apart() -> None:
    both = Ledger({"ask.j2": (LOST, HOLE)})
    assert changed_lines(both, "ask.j2") == "ask.j2: line 6 changed; edits undone on line 1"
    nearest = explain_line(both, "ask.j2", 3)
    assert nearest == "ask.j2:3: nothing was changed here; nearest is line 6"


def test_a_line_is_explained_from_what_was_compiled() -> None:
    """From a pass whose edit loses a fact, through the ledger's file, to what is shown."""
    text = "Never bill {{ x }}.\nNever {{ y }} lie, very  lie."
    passes: Any = (
        Swap("Never ", "", Guarantee.MEANING, name="drop-never"),
        Swap("very ", "", Guarantee.MEANING, name="drop-very"),
    )
    file = compile(parse(Source(text, "lie.j2")), Plan(passes, Bytes()))
    book = loads(dumps([file]), "ledger.json")
    first, second = (explain_line(book, "lie.j2", line) for line in (1, 2))
    assert "    undone  facts: would lose 'Never bill' (negation)" in first
    assert "  drop-very, rule swap\n" in second
    assert "    held    facts: agreed, similarity: agreed\n" in f"{second}\n"


def test_hostile_text_is_shown() -> None:
    drop = Drop("p", HOSTILE, Span(0, 1), 1, 1, HOSTILE, HOSTILE, HOSTILE)
    ledger = Ledger({HOSTILE: (Entry(drop, "SPACING", 1, HOSTILE),)})
    shown = explain_line(ledger, HOSTILE, 1)
    assert all(line.isprintable() for line in shown.splitlines())
    assert "::error::x" not in shown.replace("\\x3a:", "")


def test_what_a_later_round_went_over_again_is_told_once() -> None:
    first, last = entry("trim-filler", "Answer", "a"), entry("trim-filler", "Answer   it", "Go")
    told = explain_line(Ledger({"ask.j2": (first, last)}), "ask.j2", 1)
    assert told.count("before") == 1
    assert "    before  Answer···it.  \n    after   Go.  \n" in told
