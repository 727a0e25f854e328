from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptc.report import markdown
from promptc.report.markdown import code
from promptc.results import Failure, Step, Undone
from tests.report.samples import ALL, GOOD, HOSTILE, MIXED, NOTHING, built, compiled, sampled

GITHUB_COMMENT = 65_536
PARSER = MarkdownIt("gfm-like", {"linkify": False, "html": True})
NASTY = "ab1 `|\\<>@#*_[]()!&:/.~\"'\n\x1b\u202e界{%}-"


def cells(text: str) -> list[list[str]]:
    """The cells of every table row in *text*, as HTML."""
    rows = re.findall(r"<tr>(.*?)</tr>", PARSER.render(text), re.DOTALL)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]


def test_the_summary_comes_first() -> None:
    assert markdown(GOOD).startswith("### promptc: 246 of 2,061 tokens saved (11.9%)\n")
    assert markdown(NOTHING).startswith("### promptc: nothing to save\n")
    assert markdown(built()).startswith("### promptc: no templates\n")


def test_changed_templates_stand_in_a_table_and_the_others_are_counted() -> None:
    text = markdown(GOOD)
    assert [row[0] for row in cells(text)][:4] == [
        "template",
        "<code>support/agent.j2</code>",
        "<code>rag/answer.j2</code>",
        "<strong>3 templates in all</strong>",
    ]
    assert "1 template with nothing to save." in text
    assert "greeting" not in text


def test_failures_undone_edits_and_notes_are_listed() -> None:
    text = markdown(MIXED)
    assert "- `ask.j2:14:3: {% if %} is never closed; add {% endif %}`" in text
    assert "**1 edit undone**" in text
    assert "**1 note to read**" in text


def test_passes_are_folded_away() -> None:
    details = markdown(GOOD).partition("<details>")[2].partition("</details>")[0]
    data = "| **DATA** | 2 | 3 | 0 | 0 | 122 |\n| `minify-json` | 2 | 3 | 0 | 0 | 122 |\n"
    assert data in details
    assert "| **SPACING** | 1 | 12 | 1 | 2 | 104 |\n| `collapse-blank-lines` |" in details


@given(st.text(st.sampled_from(NASTY), max_size=30))
def test_code_is_one_code_span_in_one_cell(text: str) -> None:
    table = f"| {code(text)} | end |\n| --- | --- |\n"
    ((cell, end),) = cells(table)
    assert end == "end"
    assert re.fullmatch(r"<code>[^<>]*</code>", cell)


@pytest.mark.parametrize("name", ["ask.j2", "a b.j2", "a|b", "a`b", "@octocat", "a\\|b", "<b>", ""])
def test_code_shows_the_text_itself(name: str) -> None:
    from html import unescape

    assert unescape(PARSER.renderInline(code(name))) == f"<code>{name}</code>"


def test_hostile_text_stays_in_code() -> None:
    text = markdown(ALL["hostile"])
    outside = re.sub(r"<code>[^<>`|@]*</code>|`[^`\n]*`", "", text)
    for part in ("octocat", "img", "error", "\x1b", "\u202e", "\x9b"):
        assert part not in outside
    assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)


def test_a_large_build_fits_a_comment() -> None:
    name = HOSTILE * 20
    undone = tuple(Undone("p", name, 1, 1, name, name, name) for _ in range(100))
    step = Step("p", 1, "SPACING", 9, 8, 1, undone)
    many = [
        compiled(f"{n}{name}", sampled(9, 8, 9), steps=(step,), notes=(name,)) for n in range(200)
    ]
    text = markdown(built(*many, failures=(Failure(name, name),) * 100))
    assert len(text) < GITHUB_COMMENT
    assert "160 more templates changed" in text
