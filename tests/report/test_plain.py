from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.report.plain import marked, plain, shorten, writable

# GitHub's runner, by its own reading: "::name …::" after leading white space, "##[" anywhere.
COMMAND = re.compile(r"^\s*::[A-Za-z-]+(?:\s.*?)?::|##\w*\[", re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prompts/ask.j2", "prompts/ask.j2"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("gnp\u202etxt\u2066", "gnp\\u202etxt\\u2066"),
        ("a\u2028b\u200bc\ufeff", "a\\u2028b\\u200bc\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\udc80", "\\udc80"),
        ("::error file=a::b", "\\x3a:error file=a::b"),
        (":::error::", ":\\x3a:error::"),
        ("##[group]x", "\\x23#[group]x"),
        ("###[group]x", "#\\x23#[group]x"),
        ("##vso[task.setvariable]", "\\x23#vso[task.setvariable]"),
        ("## Heading :: [a]", "## Heading :: [a]"),
        ("family 👨‍👩‍👧, नमस्ते, می‌خواهم", "family 👨‍👩‍👧, नमस्ते, می‌خواهم"),
    ],
)
def test_plain_shows_what_would_be_obeyed(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(st.sampled_from("a:# [\n\t\x1b\x7f\x9b\u202e\u2066error-"), max_size=40))
def test_plain_leaves_nothing_to_obey(text: str) -> None:
    shown = plain(text)
    assert all(char.isprintable() for char in shown)
    assert not COMMAND.search(shown)
    assert plain(shown) == shown


@given(st.text(), st.integers(3, 40))
def test_shorten_fits_and_keeps_both_ends(text: str, width: int) -> None:
    from rich.cells import cell_len

    shown = plain(text)
    cut = shorten(shown, width)
    assert cell_len(cut) <= width
    assert cut == shown if cell_len(shown) <= width else "…" in cut


@pytest.mark.parametrize(
    ("text", "shown"),
    [("  ", "··"), ("a\t\n", "a→↵"), ("", ""), ("\x1b", "\\x1b"), ("x" * 300, "x" * 200)],
)
def test_marked_shows_white_space(text: str, shown: str) -> None:
    assert marked(text).partition(" … ")[0] == shown


def test_marked_says_how_much_is_left_out() -> None:
    assert marked("x" * 1300).endswith(" … (1,100 characters more)")


def test_writable_never_fails() -> None:
    assert writable("é → 界", "ascii") == "\\xe9 \\u2192 \\u754c"
