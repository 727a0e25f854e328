"""Tables of rules: how their lines are read, and the one pattern that finds them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.analysis.phrases import Table, forms, read, table

TABLES = ("phrases.tsv", "filler.tsv", "contractions.tsv")


def line(find: str, put: str = "", where: str = "") -> str:
    return f"{find}\t{put}\t{where}\tbefore\tafter"


def texts(rules: Table) -> dict[str, str]:
    return {each.text: each.put for found in rules.phrases.values() for each in found}


def test_choices_are_written_out_and_go_together() -> None:
    assert texts(read(line("is/are in need of", "needs/need"))) == {
        "is in need of": "needs",
        "are in need of": "need",
    }


def test_what_stands_in_parentheses_may_be_missing() -> None:
    assert texts(read(line("(please) note that ,"))) == {"please note that,": "", "note that,": ""}


def test_a_verb_keeps_its_form() -> None:
    rules = read("~make\tmake makes making made made\n" + line("make~ use of", "use~"))
    assert texts(rules) == {
        "make use of": "use",
        "makes use of": "uses",
        "making use of": "using",
        "made use of": "used",
    }


def test_a_verb_that_may_be_passive_is_left_in_the_past() -> None:
    assert set(texts(read(line("offer+ help", "help+")))) == {
        "offer help",
        "offers help",
        "offering help",
    }


def test_an_equal_choice_is_taken_over() -> None:
    rules = read(line("that/which stand above/below", "above/below"))
    assert texts(rules)["that stand below"] == "below"


def test_irregular_verbs_come_from_the_table() -> None:
    assert forms("take", {"take": ("take", "takes", "taking", "took", "taken")})[3] == "took"
    assert forms("match", {})[:2] == ("match", "matches")


@pytest.mark.parametrize(
    ("bad", "why"),
    [("in order to\tto", "2 fields"), (line("a b", "a", "near=x"), "unknown condition 'near=x'")],
)
def test_a_line_that_cannot_be_read_is_an_error(bad: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read(bad)


def slow(rules: Table, text: str) -> set[tuple[int, str]]:
    """Every phrase in *text*, looked for one by one at every place."""
    edge = set("abcdefghijklmnopqrstuvwxyz'-")
    return {
        (at, phrase)
        for phrase in texts(rules)
        for at in range(len(text))
        if text.startswith(phrase, at)
        and (phrase[0] == "," or text[at - 1 : at] not in edge)
        and text[at + len(phrase) :][:1] not in edge
    }


TALK = (
    "in order to prior please note that , make sure you the following question : of course as a "
    "matter fact at hand - x"
)
WORDS = st.sampled_from(TALK.split())


@pytest.mark.parametrize("name", TABLES)
@settings(deadline=None)
@given(words=st.lists(WORDS, max_size=20))
def test_the_one_pattern_finds_the_longest_of_what_a_slow_search_finds(
    name: str, words: list[str]
) -> None:
    text = " ".join(words).replace(" ,", ",").replace(" :", ":").replace(" - ", "-")
    longest: dict[int, str] = {}
    for at, phrase in slow(table(name), text):
        longest[at] = max(phrase, longest.get(at, ""), key=len)
    assert {m.start(): m[1] for m in table(name).pattern.finditer(text)} == longest
