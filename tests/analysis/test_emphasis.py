from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptc.analysis.emphasis import emphases
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source


def _read(text: str) -> list[str]:
    template = parse(Source(text))
    return [template.text[each.opening.start : each.closing.stop] for each in emphases(template)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A **bold** and *light* word", ["**bold**", "*light*"]),
        ("- **Name**: text\n* **Age:** 3", ["**Name**", "**Age:**"]),
        ("**{{ name }}** **a {{ b }} c**", ["**{{ name }}**", "**a {{ b }} c**"]),
        ("(**in parentheses**)", ["**in parentheses**"]),
        ("# A **bold** heading", ["**bold**"]),
        ("**`code` too**", ["**`code` too**"]),
        ("2 * 3 * 4, *args, **kwargs, *.py, *.js", []),
        ("a*b*c a**b**c", []),
        (r"\*not\* \**nor*\*", []),
        ("***both***, **one *in* two**", ["*in*"]),
        ("__init__ _it_ __so too__", []),
        ("**one and *two and **three**", []),
        ("**over\nlines**", []),
        ("`**code**` <b a='**x**'> https://a.b/**c**", []),
        ("[**x**](a**b**) `a`**b** **c**`d`", []),
        ("* * *\n***", []),
    ],
)
def test_emphases(text: str, expected: list[str]) -> None:
    assert _read(text) == expected


PIECES = st.sampled_from(
    [
        "word",
        " ",
        "**",
        "*",
        "a",
        ".",
        ":",
        "(",
        ")",
        "\\",
        "`",
        "_",
        "\n\n",
        "- ",
        "5",
        "“",
        "[x](y)",
    ]
)


@example("**_**._")
@example("**word _word**._")
@given(st.lists(PIECES, max_size=16).map("".join))
def test_without_the_marks_a_reader_sees_the_same_words(text: str) -> None:
    template = parse(Source(text))
    edits = [Edit((Patch(e.opening, ""), Patch(e.closing, ""))) for e in emphases(template)]
    assert _shown(rewrite(template, edits).text) == _shown(text)


def _shown(text: str) -> str:
    return re.sub(r"<[^<>]*>", "", MarkdownIt("commonmark").render(text))
