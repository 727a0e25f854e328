from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.building import ledger
from promptc.building.ledger import Ledger
from promptc.errors import PromptcError
from promptc.results import Compiled, Cost, Drop, Step, Undone
from promptc.source import Source, Span

SOURCE = "Hello,  {{ name }}.   \n\n\n\nBye.\n   \n"
COST = Cost("static", True, 9, 5, 5, 9, 5)


def drop(text: str, start: int, stop: int, after: str = "", name: str = "ask.j2") -> Drop:
    line, column = Source(text).position(start)
    return Drop("trim", name, Span(start, stop), line, column, text[start:stop], after, "ends")


def compiled(name: str, text: str, *drops: Drop) -> Compiled:
    steps = (Step("trim", 1, "SPACING", 9, 5, len(drops)),)
    return Compiled(name, text, text, text.encode(), (), steps, drops, COST)


def kept(*files: Compiled) -> Ledger:
    return ledger.loads(ledger.dumps(files), "ledger.json")


SPACES = drop(SOURCE, 6, 8, " ")
LINE_END = drop(SOURCE, 19, 22)
BLANK = drop(SOURCE, 23, 26, "\n")
ASK = compiled("ask.j2", SOURCE, SPACES, LINE_END, BLANK)
BOOK = kept(ASK, compiled("rag/ask.j2", "a  b", drop("a  b", 1, 3, " ", "rag/ask.j2")))


def test_every_drop_comes_back() -> None:
    assert ledger.drops_of(BOOK, "ask.j2") == (SPACES, LINE_END, BLANK)
    assert ledger.guarantees(BOOK) == {"trim": "SPACING"}


KEPT_BRIEF = Undone(
    "trim", "ask.j2", 5, 1, "Bye.", "", "facts: would lose 'Bye'", "bye", Span(26, 30)
)


def test_an_undone_edit_stands_beside_the_drops_and_is_none() -> None:
    step = Step("trim", 1, "SPACING", 9, 5, 3, (KEPT_BRIEF,), checks=("facts",), renderings=4)
    book = kept(replace(ASK, steps=(step,)))
    *dropped, undone = book.files["ask.j2"]
    assert [(each.checks, each.renderings, each.undone) for each in dropped] == [
        (("facts",), 4, "")
    ] * 3
    assert (undone.undone, undone.checks, undone.last_line) == (KEPT_BRIEF.reason, (), 5)
    assert (undone.drop.before, undone.drop.rule, undone.drop.span) == ("Bye.", "bye", Span(26, 30))
    assert ledger.drops_of(book, "ask.j2") == (SPACES, LINE_END, BLANK)
    assert ledger.at(book, "ask.j2", 5) == []
    with pytest.raises(PromptcError, match="nothing was dropped here"):
        ledger.restore(book, "ask.j2", 5)


@pytest.mark.parametrize(
    "nowhere",
    [KEPT_BRIEF._replace(before="", span=Span(0, 0)), KEPT_BRIEF._replace(span=Span(0, 0))],
)
def test_what_was_undone_nowhere_in_the_source_is_not_listed(nowhere: Undone) -> None:
    """A whole pass that was left out, and an edit to text that promptc wrote."""
    step = Step("trim", 1, "SPACING", 0, 0, 0, (nowhere,))
    assert kept(replace(ASK, steps=(step,), drops=())) == Ledger({"ask.j2": ()})


def test_one_drop_takes_one_line_of_the_file() -> None:
    lines = ledger.dumps([ASK]).decode().splitlines()
    assert sum('"pass": "trim"' in line for line in lines) == 3


def test_a_ledger_of_nothing_is_a_ledger() -> None:
    assert kept() == Ledger({})
    assert kept(compiled("a.j2", "a")) == Ledger({"a.j2": ()})


def test_what_is_kept_is_written_as_it_was() -> None:
    two = ledger.dumps([ASK, compiled("rag/ask.j2", "a  b", drop("a  b", 1, 3))])
    rows = dict(ledger.rows(two, "ledger.json"))
    assert ledger.dumps([ASK], {"rag/ask.j2": rows["rag/ask.j2"]}) == two
    assert ledger.dumps([ASK], rows) == two
    assert ledger.dumps([], rows) == two


LINES = {1: [SPACES, LINE_END], 2: [BLANK], 3: [BLANK], 4: [BLANK], 5: [], 6: []}


@pytest.mark.parametrize("line", LINES)
def test_an_edit_counts_for_every_line_it_touches(line: int) -> None:
    assert ledger.at(BOOK, "ask.j2", line) == LINES[line]


@settings(deadline=None)
@given(st.text("ab\n", min_size=1, max_size=30), st.data())
def test_lines_agree_with_a_count_by_hand(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    each = drop(text, start, stop)
    book = kept(compiled("ask.j2", text, each))
    lines = {Source(text).position(at)[0] for at in range(start, max(stop, start + 1))}
    found = {n for n in range(1, text.count("\n") + 2) if ledger.at(book, "ask.j2", n)}
    assert found == lines


def test_restore_gives_back_the_very_text() -> None:
    assert ledger.restore(BOOK, "ask.j2", 3) == "\n\n\n"
    assert ledger.restore(BOOK, "rag/ask.j2", 1) == "  "


def test_restore_parts_stretches_that_stand_apart() -> None:
    assert ledger.restore(BOOK, "ask.j2", 1) == "  \n   "


def test_restore_joins_what_two_passes_took_from_one_place() -> None:
    text = "one two three four"
    first, second = drop(text, 0, 8, "one "), drop(text, 4, 14)
    inner = drop(text, 5, 6)
    book = kept(compiled("ask.j2", text, first, second, inner))
    assert ledger.restore(book, "ask.j2", 1) == "one two three "


def test_restore_gives_the_source_where_a_pass_saw_rewritten_text() -> None:
    text = "a \n \n \nb"
    rewritten = drop(text, 1, 7, "\n")._replace(before="\n\n\n")
    book = kept(compiled("ask.j2", text, rewritten))
    assert ledger.restore(book, "ask.j2", 2) == " \n \n \n"
    assert ledger.at(book, "ask.j2", 3) == [rewritten]
    assert ledger.at(book, "ask.j2", 4) == []


def test_an_included_file_answers_once_though_two_templates_include_it() -> None:
    part = drop("x  y", 1, 3, " ", "parts/x.j2")
    book = kept(compiled("a.j2", "a", part), compiled("b.j2", "b", part))
    assert ledger.at(book, "parts/x.j2", 1) == [part]


def test_restore_where_nothing_was_dropped_names_the_nearest_lines() -> None:
    with pytest.raises(
        PromptcError, match=r"ask\.j2:5: nothing was dropped here; .* line 1, line 2"
    ):
        ledger.restore(BOOK, "ask.j2", 5)
    with pytest.raises(PromptcError, match="nothing was dropped from this file"):
        ledger.restore(kept(compiled("a.j2", "a")), "a.j2", 1)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ask.j2", "ask.j2"),
        ("./ask.j2", "ask.j2"),
        ("templates/ask.j2", "ask.j2"),
        ("/home/me/templates/rag/ask.j2", "rag/ask.j2"),
    ],
)
def test_a_file_may_be_named_as_the_shell_completes_it(given: str, meant: str) -> None:
    assert ledger.named(BOOK, given) == meant


def test_the_end_of_a_name_is_enough_where_it_is_the_only_one() -> None:
    book = kept(compiled("a/ask.j2", "a"), compiled("b/ask.j2", "b"), compiled("b/tell.j2", "b"))
    assert ledger.named(book, "tell.j2") == "b/tell.j2"
    with pytest.raises(PromptcError, match=r"which one\? choose from 'a/ask\.j2', 'b/ask\.j2'"):
        ledger.named(book, "ask.j2")


def test_an_unknown_file_lists_the_nearest() -> None:
    with pytest.raises(PromptcError, match=r"aks\.j2: not in the drop ledger; did you mean 'ask"):
        ledger.named(BOOK, "aks.j2")


def test_a_missing_ledger_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PromptcError, match=r"no drop ledger .*run `promptc build` first"):
        ledger.load(tmp_path / "build")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"promptc": "ledger", "version": 2}', "<<<<<<<"])
def test_another_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(PromptcError, match=r"ledger\.json: not a drop ledger; run `promptc build`"):
        ledger.load(tmp_path)


def test_a_newer_ledger_says_what_to_do(tmp_path: Path) -> None:
    newer = ledger.dumps([ASK]).replace(b'"version": 2', b'"version": 3')
    (tmp_path / "ledger.json").write_bytes(newer)
    with pytest.raises(PromptcError, match="version 3, and this promptc reads version 2"):
        ledger.load(tmp_path)
