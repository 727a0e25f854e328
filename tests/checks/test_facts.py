"""The check `facts` on two texts: what it catches, what it lets through, how fast it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from promptc.analysis.facts import facts
from promptc.checks.facts import Facts

HERE = Path(__file__).parent
CHECK = Facts()


def _pairs(name: str) -> list[tuple[str, str]]:
    rows = (HERE / name).read_text(encoding="utf-8").splitlines()
    pairs = [row.replace("\\n", "\n").split(" => ") for row in rows if row[:2] != "# "]
    return [(before, after) for before, after in pairs]


HARMFUL, HARMLESS = _pairs("harmful.txt"), _pairs("harmless.txt")


@pytest.mark.parametrize(("before", "after"), HARMFUL)
def test_a_harmful_rewrite_fails(before: str, after: str) -> None:
    result = CHECK.check(before, after)
    assert not result.passed
    assert result.score < 1
    assert result.lost or result.invented


@pytest.mark.parametrize(("before", "after"), HARMLESS)
def test_a_harmless_rewrite_passes(before: str, after: str) -> None:
    result = CHECK.check(before, after)
    assert result.passed, result.detail
    assert result.score == 1


@pytest.mark.parametrize("text", sorted({text for pair in HARMFUL + HARMLESS for text in pair}))
def test_a_text_states_what_it_states(text: str) -> None:
    assert CHECK.check(text, text).passed


def test_both_tables_are_long() -> None:
    assert len(HARMFUL) >= 80
    assert len(HARMLESS) >= 80


def test_lost_and_invented_facts_are_named_with_their_place() -> None:
    result = CHECK.check("Be kind.\nNever bill Ann twice.", "Be kind.\nBill Ann 3 times.")
    assert result.detail == (
        "lost 'Never bill' (negation) at 2:1",
        "lost 'twice' (number) at 2:16",
        "invented '3 times' (number) at 2:10",
    )
    assert [fact.kind for fact in result.lost] == ["negation", "number"]
    assert result.lost[0].span == (9, 19)
    assert result.score == 1 / 4


def test_counts_are_shown_and_not_judged() -> None:
    result = CHECK.check("Wait 3 days. Wait 3 days.", "Wait 3 days.")
    assert result.passed
    assert result.detail == ("fewer '3 days' (number): 1 of 2",)


WORDS = [
    "the",
    "data",
    "share",
    "and",
    "Acme",
    "we",
    ".",
    ",",
    "\n",
    "(",
    ")",
    "- ",
    "# ",
    "a",
    "**",
]
ODD = [
    '"',
    "'",
    "`",
    "```",
    "{",
    "}",
    "<",
    ">",
    "never",
    "at",
    "least",
    "3",
    "%",
    "_",
    "/",
    "don't",
]


@given(st.lists(st.sampled_from(WORDS + ODD), max_size=40).map(" ".join))
def test_any_text_states_what_it_states(text: str) -> None:
    assert CHECK.check(text, text).passed
    for fact in facts(text).facts:
        assert text[slice(*fact.span)] == fact.text


@given(st.text(max_size=200))
def test_any_characters_can_be_read(text: str) -> None:
    assert CHECK.check(text, text).passed


TOKENS = ["never", "not", "3", "42", "7.5", "max_tokens", "userName", "`ls -l`", '"a b"', "without"]
PLAIN = ["share", "the", "data", "with", "users", "after", "each", "call", "we", "read", "and"]


@given(
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=12),
    st.sampled_from(TOKENS),
    st.integers(0, 12),
)
def test_deleting_a_fact_that_stands_once_fails(words: list[str], token: str, at: int) -> None:
    at = min(at, len(words))
    before = " ".join([*words[:at], token, *words[at:]])
    result = CHECK.check(before, " ".join(words))
    assert not result.passed
    assert any(fact.text.startswith(token) for fact in result.lost)


@given(st.lists(st.sampled_from(PLAIN + TOKENS), min_size=2, max_size=20), st.integers(0, 19))
def test_deleting_a_second_copy_of_a_paragraph_passes(words: list[str], at: int) -> None:
    text = " ".join(words) + "."
    assume(CHECK.check(text, text).passed)
    assert CHECK.check(f"{text}\n\nBe kind.\n\n{text}", f"{text}\n\nBe kind.").passed


@given(
    st.lists(st.sampled_from(["Never lie.", "Reply in 3 days.", "Call `f`.", "Ask Ann if sad."]))
)
def test_order_does_not_matter(sentences: list[str]) -> None:
    assert CHECK.check(" ".join(sentences), " ".join(reversed(sentences))).passed


ENDLESS = ["never ", "{% a ", "<!-- a ", '"a b ', "“ab ", "`a ", "\n```a\n", "<a ", "{{ a ", "1,"]
ENDLESS += ["a/b", "'a ", "\n> ", "(", "--a", "at ", "a.b", "Ab ", "not not\n"]


@pytest.mark.parametrize("piece", ENDLESS)
def test_long_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    start = time.process_time()
    facts(piece * (80_000 // len(piece)))
    assert time.process_time() - start < 3
