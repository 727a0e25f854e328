from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.report import colored_diff, diff
from promptc.results import Compiled
from tests.report.samples import HOSTILE, compiled, sampled


def changed(before: str, after: str, name: str = "ask.j2") -> Compiled:
    cost = sampled(9, 8, 9)
    return Compiled(name, before, after, after.encode(), (), (), (), cost)


def test_a_diff_has_both_names_and_the_lines() -> None:
    assert diff(changed("a  b\nc\n", "a b\nc\n")) == (
        "--- a/ask.j2\n+++ b/ask.j2\n@@ -1,2 +1,2 @@\n-a  b\n+a b\n c\n"
    )


def test_no_change_is_no_diff() -> None:
    assert diff(changed("a\n", "a\n")) == ""


def test_a_missing_line_end_is_named() -> None:
    shown = diff(changed("a\nb ", "a\nb"))
    assert shown.count("\\ No newline at end of file") == 2
    assert diff(changed("-- x", "y\n")).count("\\ No newline") == 1


@pytest.mark.parametrize("line", ["\x1b[2J", "\u202e", "::error::x", "##[group]", "\x0c", "\u2028"])
def test_hostile_lines_are_shown(line: str) -> None:
    shown = diff(changed(f"a\n{line}\nb\n", f"c\n{line}\nd\n", HOSTILE))
    assert line not in shown
    assert all(each.isprintable() for each in shown.splitlines())


@given(*[st.text(st.sampled_from("ab -+@\n"), max_size=20)] * 2)
def test_the_colored_diff_says_the_same(before: str, after: str) -> None:
    both = changed(before, after)
    assert colored_diff(both).plain == diff(both)


def test_white_space_removed_from_a_line_end_is_marked() -> None:
    text = colored_diff(changed("a  \nb\n", "a\nb\n"))
    (mark,) = [span for span in text.spans if span.style == "reverse"]
    assert text.plain[mark.start : mark.end] == "  "


@given(*[st.text(st.sampled_from("ab\t \n"), max_size=12)] * 2)
def test_every_line_of_both_texts_is_accounted_for(before: str, after: str) -> None:
    lines = diff(changed(before, after)).splitlines()[2:]
    kept = {sign: [line[1:] for line in lines if line[0] in sign] for sign in (" -", " +")}
    if before != after:
        assert set(kept[" -"]) <= set(before.split("\n"))
        assert set(kept[" +"]) <= set(after.split("\n"))


def test_git_applies_it(tmp_path: Path) -> None:
    before, after = "one  \n\n\n\ntwo\tx\nthree", "one\n\ntwo\tx\nthree"
    (tmp_path / "ask.j2").write_text(before)
    (tmp_path / "p.diff").write_text(diff(changed(before, after)))
    subprocess.run(["git", "apply", "p.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "ask.j2").read_text() == after


def test_a_template_without_a_change_stays_out() -> None:
    assert diff(compiled("a.j2", sampled(9, 9, 9))) == ""
