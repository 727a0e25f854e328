from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptc.analysis.mask import HOLE, TAG
from promptc.analysis.tables import alignment, content, equal, find
from promptc.source import Span

H, T = HOLE * 5, TAG * 8

TABLE = """\
| Name | Unit \\| kind | `a|b` |
|:-----|:-------------:|------:|
| x    |               | `||`  |
"""


def _cells(text: str) -> list[list[str]]:
    return [
        [content(text, cell) for cell in row.cells]
        for table in find(text)
        for row in (table.header, *table.body)
    ]


def test_cells_keep_pipes_that_are_escaped_or_in_code() -> None:
    assert _cells(TABLE) == [["Name", "Unit \\| kind", "`a|b`"], ["x", "", "`||`"]]


def test_alignment_is_what_the_colons_say() -> None:
    (table,) = find(TABLE)
    assert [alignment(TABLE, cell) for cell in table.delimiter.cells] == ["l", "lr", "r"]


def test_rows_of_a_loop_belong_to_the_table() -> None:
    text = f"| a | b |\n|---|---|\n  {T}\n| {H} | x{T}y |\n{T}| 1 | 2 |{T}\n\nAfter | it.\n"
    assert _cells(text) == [["a", "b"], [H, f"x{T}y"], ["1", "2"]]


def test_rows_need_no_outer_pipes() -> None:
    assert _cells("a | b\n--- | ---\n1 | 2  \n") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "text",
    [
        "a | b\n",
        "| a | b |\n|---|\n",
        "| a |\n| - b |\n",
        "a\n---\n",
        "`a | b`\n---|---\n",
        "|\n|\n",
    ],
)
def test_other_pipes_are_no_table(text: str) -> None:
    assert find(text) == ()


def test_a_table_ends_with_its_last_row() -> None:
    text = f"Before.\n{TABLE}\nAfter."
    (table,) = find(text)
    assert table.span == Span(8, 7 + len(TABLE))


CELLS = st.lists(st.sampled_from(["a", "1.5", "x  y", "\\|", "b\\|c", "é", "-", ":-:", "**z**"]),
                 min_size=2, max_size=2)  # fmt: skip
PAD = st.sampled_from(["", " ", "   "])


@st.composite
def tables(draw: st.DrawFn) -> str:
    sides = draw(st.tuples(*[st.sampled_from(["--", ":---", "---:", ":-:"])] * 2))
    rows = [draw(CELLS), list(sides), *draw(st.lists(CELLS, max_size=3))]
    padded = [[draw(PAD) + cell + draw(PAD) for cell in row] for row in rows]
    return "".join(f"|{'|'.join(row)}|\n" for row in padded)


@given(tables())
def test_cells_are_those_that_markdown_reads(text: str) -> None:
    read = [t.content for t in MarkdownIt().enable("table").parse(text) if t.type == "inline"]
    mine = [cell.replace("\\|", "|") for row in _cells(text) for cell in row]
    assert mine == read


@given(tables(), tables())
def test_tables_are_equal_where_their_cells_and_sides_are(one: str, two: str) -> None:
    assert equal(one, two) == (_drawn(one) == _drawn(two))


def _drawn(text: str) -> str:
    return str(MarkdownIt().enable("table").render(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| x    |", "| y    |"),
        ("| x    |               |", "|               | x    |"),
        (":-------------:", "---------------"),
        ("| x    |               |", "| x    ||"),
        ("`||`  |\n", "`||`  |\n\n"),
        ("| x ", "  | x "),
        (" | `||`", " | `|| `"),
    ],
)
def test_other_tables_are_not_equal(old: str, new: str) -> None:
    assert old in TABLE
    assert not equal(TABLE, TABLE.replace(old, new))


def test_a_hole_keeps_the_space_that_guards_the_pipe() -> None:
    text = f"| a | b |\n|---|---|\n| {H} | c |\n"
    assert equal(text, text.replace(f" {H} ", f"{H} "))
    assert not equal(text, text.replace(f" {H} ", f" {H}"))
