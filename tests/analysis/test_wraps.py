"""Soft line ends, beside a Markdown parser that knows them too."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from promptc.analysis.wraps import soft_breaks
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source

PLAIN = (
    "answer the customer in plain words now, name every page (of the book) which we found. and so"
)
MARKS = "3. - + # > it. | ` * 1) Paris == -- on:"
WORDS = st.sampled_from([*PLAIN.split(), *MARKS.split()])
SENTENCES = st.lists(WORDS, min_size=12, max_size=60).map(" ".join)


def unwrapped(text: str) -> str:
    template = parse(Source(text))
    edits = [Edit((Patch(span, " "),)) for span in soft_breaks(template)]
    return rewrite(template, edits).text


def rendered(text: str) -> str:
    return " ".join(MarkdownIt("commonmark").enable("table").render(text).split())


@given(SENTENCES, st.integers(60, 100), st.sampled_from(["", "- ", "1. ", "   "]))
def test_markdown_reads_the_same(text: str, width: int, mark: str) -> None:
    indent = " " * len(mark)
    filled = textwrap.fill(text, width, initial_indent=mark, subsequent_indent=indent)
    assert rendered(unwrapped(filled)) == rendered(filled)


def test_a_filled_paragraph_is_joined_within_its_sentences() -> None:
    text = (
        "Name the page that you took every one of the facts from, and set it in\n"
        "brackets. A fact that stands on no page of the handbook is left out, and\n"
        "you say so in the last line of the answer, in the words of the house in\n"
        "London. Paris and London have handbooks of their own, and nobody asks\n"
        "for them here."
    )
    joined = text.replace("\n", " ").replace("in London", "in\nLondon")
    assert textwrap.fill(text, 72) == text
    assert unwrapped(text) == joined


def test_text_that_someone_broke_on_purpose_has_none() -> None:
    text = (
        "Answer in the language that the customer wrote in, and\n"
        "keep it short\n"
        "unless they ask for more, in which case you go on as long as they want"
    )
    assert soft_breaks(parse(Source(text))) == ()
