from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from promptc.report import terminal
from promptc.results import Built, Failure, Undone
from tests.report.samples import ALL, GOOD, LONG, MIXED, NOTHING, STEPS, built, compiled, sampled


def printed(build: Built, *, why: bool = False, quiet: bool = False) -> str:
    """What goes to a file or a pipe."""
    out = io.StringIO()
    terminal(build, Console(file=out), why=why, quiet=quiet)
    return out.getvalue()


def on_terminal(build: Built, width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, no_color=True, highlight=False)
    terminal(build, console, why=False, quiet=False)
    return re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())


DOCS = Path(__file__).parents[2] / "docs" / "report.md"
TABLE = """\
                                                 saved per   worst
template          before  after  saved  share  1,000 calls  sample
──────────────────────────────────────────────────────────────────
support/agent.j2   1,204    980    224  18.6%      $0.5600   1,310
rag/answer.j2        812    790     22   2.7%      $0.0550       -
chat/greeting.j2      45     45  nothing to save                61
──────────────────────────────────────────────────────────────────
3 templates        2,061  1,815    246  11.9%      $0.6150   1,310
a month: $361.20 -> $294.00 for input, $67.20 saved; $240.00 for output
  1 of 3 templates state calls_per_month

1 edit undone:
  support/agent.j2:14:9: collapse-spaces: the columns of a table line up here

-O2, gpt-4o, counted with o200k_base, prices of 2026-11-20
- no samples: the text itself was counted, holes left out
written to build
"""


def test_a_good_build_reads_like_this() -> None:
    assert printed(GOOD) == TABLE


def test_the_docs_show_what_is_printed() -> None:
    assert f"```text\n{TABLE}```" in DOCS.read_text()


def test_nothing_to_save_says_so() -> None:
    lines = printed(NOTHING).splitlines()
    assert sum("nothing to save" in line for line in lines) == 3
    assert not re.search(r"\s0\s|0%|\$0", "\n".join(lines))


def test_estimates_are_marked() -> None:
    shown = printed(MIXED)
    assert "~11,204   ~9,080  ~2,124" in shown
    assert "~ an estimate: claude-sonnet-4 has a tokenizer of its own" in shown
    assert "~" not in printed(GOOD)


def test_failures_stand_with_their_message() -> None:
    shown = printed(MIXED)
    assert "2 templates could not be compiled:" in shown
    assert "  ask.j2:14:3: {% if %} is never closed; add {% endif %}\n" in shown
    assert "Nothing was written" in shown


def test_quiet_leaves_only_failures() -> None:
    assert printed(GOOD, quiet=True) == ""
    assert printed(MIXED, quiet=True).startswith("2 templates could not be compiled:")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [32, 48, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    from rich.cells import cell_len

    assert all(cell_len(line) <= width for line in on_terminal(ALL[name], width).splitlines())


@pytest.mark.parametrize("width", [24, 40, 60, 80])
def test_narrow_terminals_lose_columns_and_never_digits(width: int) -> None:
    rows = [line for line in on_terminal(LONG, width).splitlines() if line.startswith("prom")]
    assert "224,218" in rows[0]
    shown = set(re.findall(r"\S*\d\S*", rows[0].partition("policy.j2")[2]))
    assert shown <= {"1,204,330", "980,112", "224,218", "18.6%", "$560.54", "1,310,004"}


def test_a_pipe_gets_80_plain_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert printed(GOOD) == TABLE


def test_no_color_is_honored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    terminal(GOOD, Console(file=out, force_terminal=True, width=80), why=True, quiet=False)
    assert not re.search(r"\x1b\[(?:\d+;)*3\d", out.getvalue())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_can_be_printed(encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    terminal(LONG, Console(file=out), why=True, quiet=False)
    out.flush()
    assert b"980,112" in raw.getvalue()


def test_hostile_text_is_shown_not_obeyed() -> None:
    shown = printed(ALL["hostile"], why=True)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.search(r"^\s*::|##\[", shown, re.MULTILINE)
    assert "[red]" in shown


def test_a_command_is_not_made_by_wrapping() -> None:
    words = "x" * 60 + " ::error title=gotcha::look here"
    shown = printed(built(failures=(Failure("a.j2", f"a.j2:1:1: {words}"),)))
    assert not re.search(r"^\s*::", shown, re.MULTILINE)


def test_a_long_list_is_cut_and_why_lists_it_all() -> None:
    many = tuple(Undone("p", "a.j2", n, 1, "", "", "no") for n in range(1, 31))
    step = STEPS[0].__class__("p", 1, "SPACING", 9, 9, 0, many)
    build = built(compiled("a.j2", sampled(9, 9, 9), steps=(step,)))
    assert "30 edits undone:" in printed(build)
    assert "… and 20 more; --why lists them all" in printed(build)
    assert "a.j2:30:1: p: no" in printed(build, why=True)


MANY = built(
    *(compiled(f"good-{n:02}.j2", sampled(100 + n, 90, 90)) for n in range(1, 51)),
    compiled("grown.j2", sampled(10, 500, 500)),
    *(compiled(f"same-{n:02}.j2", sampled(10, 10, 10)) for n in range(100)),
)


def test_of_many_templates_those_that_changed_the_most_have_a_row() -> None:
    shown = printed(MANY)
    rows = [line.split()[0] for line in shown.splitlines() if ".j2" in line]
    assert rows == [*(f"good-{n:02}.j2" for n in range(50, 11, -1)), "grown.j2"]
    assert (
        "\n… and 111 more templates, 100 of them with nothing to save (--why lists all)\n" in shown
    )
    assert "\n151 templates " in shown
    assert all(each.name in printed(MANY, why=True) for each in MANY.files)


def test_many_templates_without_savings_have_no_rows() -> None:
    none = built(*(compiled(f"{n}.j2", sampled(10, 10, 10)) for n in range(41)))
    shown = printed(none)
    assert ".j2" not in shown
    assert "\n41 templates with nothing to save (--why lists all)\n" in shown


def test_templates_that_save_are_left_out_without_a_word_on_nothing() -> None:
    shown = printed(built(*(compiled(f"{n}.j2", sampled(100, 10, 10)) for n in range(41))))
    assert "\n… and 1 more template (--why lists all)\n" in shown


def test_many_failures_are_cut_unless_they_are_all_that_is_asked_for() -> None:
    failed = built(failures=tuple(Failure(f"{n}.j2", f"{n}.j2:1:1: wrong") for n in range(60)))
    assert "  … and 20 more; --why lists them all\nNothing was written.\n" in printed(failed)
    assert all(each.message in printed(failed, quiet=True) for each in failed.failures)
    assert all(each.message in printed(failed, why=True) for each in failed.failures)


def test_a_note_that_has_a_place_can_be_jumped_to() -> None:
    notes = ("3:1: {% cache %} is not a Jinja tag", "no samples")
    shown = printed(built(compiled("a.j2", sampled(9, 9, 9), notes=notes)))
    assert "  a.j2:3:1: {% cache %}" in shown
    assert "  a.j2: no samples\n" in shown


@pytest.mark.parametrize("name", ALL)
def test_no_line_ends_in_spaces(name: str) -> None:
    assert not re.search(r"[ \t]$", printed(ALL[name], why=True), re.MULTILINE)
