"""Where the rules of a table apply, and what they write there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.analysis.phrases import read, table
from promptc.analysis.rewording import rewordings
from promptc.errors import TemplateError
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source
from promptc.syntax import Syntax
from tests.analysis.test_phrases import TABLES, line


class Characters:
    """Every character is a token, so that what is shorter always earns."""

    name = "characters"
    exact = True

    def count(self, text: str) -> int:
        return len(text)


def reworded(text: str, *rules: str) -> str:
    tree = parse(Source(text), Syntax())
    edits = list(rewordings(tree, read("\n".join(rules)), Characters()))
    return rewrite(tree, edits).text


CONDITIONS = [
    ("start", "Prior to it, ask. You ask prior to it.", "Before it, ask. You ask prior to it."),
    ("inside", "Prior to it, ask. You ask prior to it.", "Prior to it, ask. You ask before it."),
    ("next=noon", "You ask prior to noon, prior to ten.", "You ask before noon, prior to ten."),
    ("next!=noon", "You ask prior to noon, prior to ten.", "You ask prior to noon, before ten."),
    ("next=#", "You ask prior to 5, prior to ten.", "You ask before 5, prior to ten."),
    ("next=*ing", "You ask prior to going, prior to it.", "You ask before going, prior to it."),
    ("next={}", "You ask prior to {{ x }}, prior to it.", "You ask before {{ x }}, prior to it."),
    ("then=sharp", "You ask prior to ten sharp, prior to it.", None),
    ("prev=ask", "You ask prior to it, wait prior to it.", "You ask before it, wait prior to it."),
    ("behind=you", "You ask prior to it, wait prior to it.", None),
    ("ends=?", "Do you ask prior to it? You ask prior to it.", None),
    ("with=do", "Do you ask prior to it? You ask prior to it.", None),
    ("without=or_not", "Do you ask prior to it? Ask prior to it or not.", None),
]


@pytest.mark.parametrize(("where", "before", "after"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_a_condition_limits_its_rule(where: str, before: str, after: str | None) -> None:
    expected = after or before.replace("prior to", "before", 1)
    assert reworded(before, line("prior to", "before", where)) == expected


def test_the_longest_phrase_wins_and_a_shorter_one_is_its_second() -> None:
    rules = (line("as a matter of fact", "in fact", "start"), line("matter of fact", "fact"))
    assert reworded("As a matter of fact, you ask.", *rules) == "In fact, you ask."
    assert reworded("You say it as a matter of fact.", *rules) == "You say it as a fact."


def test_an_article_follows_the_word_that_comes_after_it() -> None:
    rules = (line("very"), line("open", ""))
    assert reworded("You need a very old key.", *rules) == "You need an old key."
    assert reworded("You need an open user file.", *rules) == "You need a user file."
    assert reworded("You need an open hour.", *rules) == "You need an hour."


def test_commas_and_spaces_go_with_the_words() -> None:
    assert reworded("You can, of course, ask.", line(", of course ,")) == "You can ask."
    assert reworded("You can ask, please.", line(", please")) == "You can ask."
    assert reworded("You say nothing whatsoever.", line("whatsoever")) == "You say nothing."


def test_neighbors_wait_for_the_next_round() -> None:
    rules = (line("please"), line("make sure to"))
    assert reworded("Please make sure to ask the user.", *rules) == "Make sure to ask the user."


def test_a_capital_is_not_forced_on_a_hole_or_a_name() -> None:
    for rest in ("{{ x }} it for the user.", "iPhone users first.", "`ls` first, then you ask."):
        assert reworded(f"Please {rest}", line("please")) == f"Please {rest}"


@pytest.mark.parametrize(
    "text",
    [
        "You read pre-prior to it.",
        "You say 'prior to it' to the user.",
        "You say «prior to it» to the user.",
        'You say "well, prior to it.\nThe user leaves prior to it.',
        "Give your answer. ||| It came prior to the answer.",
        "Respond with this line: You came prior to it.",
        "You ask *prior to* it.",
        "You ask prior\u00a0to it.",
    ],
)
def test_words_meant_to_the_letter_stay(text: str) -> None:
    assert reworded(text, line("prior to", "before")) == text


ARTICLE = "The council met in the hall and voted on the budget prior to the election. " * 12


@pytest.mark.parametrize(
    "text",
    [
        ARTICLE,
        "Question: which organ fails?\n(A) The lung, prior to the heart.\n(B) You can't say.",
        "Let's count. You had 3 prior to lunch, so the answer is (B).",
    ],
)
def test_something_to_read_is_left_alone(text: str) -> None:
    assert reworded(text, line("prior to", "before")) == text


def test_a_long_text_that_speaks_to_its_reader_is_a_prompt() -> None:
    text = ARTICLE + "You summarize the article. Use one line. Always cite it prior to the line."
    assert reworded(text, line("prior to", "before")).endswith("cite it before the line.")


def test_nothing_is_written_that_takes_no_fewer_tokens() -> None:
    class Words(Characters):
        def count(self, text: str) -> int:
            return len(text.split())

    tree = parse(Source("You utilize it prior to noon."), Syntax())
    rules = read(line("utilize", "use") + "\n" + line("prior to", "before"))
    assert [edit.rule for edit in rewordings(tree, rules, Words())] == ["prior to"]


PIECES = st.sampled_from(
    [
        *("Please ", "note that ", "in order to ", "prior to ", "make sure to ", "you ", "ask "),
        *(", of course, ", "a very ", "important ", "the following question: ", "{{ x }}", ". "),
        *("\n", "- ", "**", '"', "'", "`", "{% if a %}", "{% endif %}", "Your task is to ", "iOS "),
        *("an unexpected surprise ", ", ", ".", "  ", "é", "’", "(", ")", "|||", "answer "),
    ]
)


@pytest.mark.parametrize("name", TABLES)
@settings(deadline=None)
@given(pieces=st.lists(PIECES, max_size=14))
def test_an_edit_shortens_and_leaves_no_stray_space_or_comma(name: str, pieces: list[str]) -> None:
    try:
        tree = parse(Source("".join(pieces)), Syntax())
    except TemplateError:
        return
    edits = list(rewordings(tree, table(name), Characters()))
    after = rewrite(tree, edits).text
    assert len(after) < len(tree.text) if edits else after == tree.text
    for stray in ("  ", " ,", ",,", " ."):
        assert after.count(stray) <= tree.text.count(stray)
    assert re.findall(r"\{.*?\}", after) == re.findall(r"\{.*?\}", tree.text)
