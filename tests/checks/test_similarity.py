"""The check `similarity`: what it catches that no fact tells, and what it lets through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.utterances import blocks, statements
from promptc.checks.similarity import Similarity, nearness
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import Source, Span

HERE = Path(__file__).parent
CHECK = Similarity()


def _pairs(name: str) -> list[tuple[str, str]]:
    rows = (HERE / name).read_text(encoding="utf-8").splitlines()
    pairs = [row.replace("\\n", "\n").split(" => ") for row in rows if row[:2] != "# "]
    return [(before, after) for before, after in pairs]


OTHERWISE, AS_WELL = _pairs("said_otherwise.txt"), _pairs("said_as_well.txt")


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_what_says_something_else_fails_and_says_why(before: str, after: str) -> None:
    result = CHECK.check(before, after)
    assert not result.passed
    assert result.score < result.threshold
    assert result.detail


@pytest.mark.parametrize(("before", "after"), AS_WELL)
def test_what_says_the_same_passes(before: str, after: str) -> None:
    result = CHECK.check(before, after)
    assert result.passed, result.detail
    assert result.score == 1


def test_two_sentences_alike_to_the_embedder_differ_by_their_negation() -> None:
    before, after = "Never share the data.", "Share the data."
    assert nearness(before, after) > CHECK.threshold
    assert CHECK.check(before, after).score == 0


def test_words_that_mean_nearly_the_same_are_as_near_as_the_embedder_has_them() -> None:
    before, after = "List the kinship terms often.", "List the kin terms often."
    near = nearness("kinship", "kin")
    loose, strict = Similarity(near - 0.01), Similarity(near + 0.01)
    assert loose.check(before, after).passed
    assert not strict.check(before, after).passed
    assert strict.check(before, after).score == near


def test_findings_name_their_place() -> None:
    result = CHECK.check("Be kind.\nCite sources.\n", "Be kind.\n\nAdd a table.\n")
    assert any("'Cite sources.' at 2:1" in each for each in result.detail) or any(
        "at 2:" in each for each in result.detail
    )


def test_the_worst_pairs_are_shown_with_their_nearness() -> None:
    detail = CHECK.check("Be kind. Never share the data.", "Be kind. Share the data.").detail
    assert detail[-1] == "'Never share the data.' - nearest after: 'Share the data.', 0.89"
    assert CHECK.check("Be kind.", "").detail[-1] == "'Be kind.' - nearest after: none"


def test_many_findings_are_cut_short() -> None:
    text = "\n\n".join(f"Water the plant of room {chr(65 + n)}{n}." for n in range(20))
    detail = CHECK.check(text, "").detail
    assert len(detail) == 8 + 1 + 3
    assert detail[8] == "and 12 more"


PROSE = st.lists(
    st.sampled_from([before for before, _ in OTHERWISE + AS_WELL] + ["", "# A", "---", "`x = 1`"]),
    max_size=6,
).map("\n\n".join)


@given(PROSE)
def test_a_text_says_what_it_says(text: str) -> None:
    assert CHECK.check(text, text).passed
    assert CHECK.check(text, text.replace("\n\n", "\n\n\n")).passed


@given(PROSE, st.text(max_size=200))
def test_any_two_texts_can_be_compared(one: str, two: str) -> None:
    for before, after in ((one, two), (two, one)):
        result = CHECK.check(before, after)
        assert 0 <= result.score <= 1
        assert result.passed == (not result.detail)


@given(PROSE)
def test_a_statement_stands_where_its_place_says(text: str) -> None:
    for block in blocks(text):
        for each in statements(block):
            assert text[slice(*each.span)] == each.text
            for word in each.words:
                start, stop = (each.at + offset for offset in word.span)
                assert each.span[0] <= start < stop <= each.span[1]


def _cut(text: str, part: str, at: int = 0) -> tuple[str, ...]:
    """What the check has against cutting *part* out of a template."""
    template = parse(Source(text))
    start = text.index(part, at)
    edits = [Edit((Patch(Span(start, start + len(part)), ""),))]
    found = CHECK.objections(template, rewrite(template, edits), edits)
    return tuple(each.reason for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "{% if a %}Cite sources.{% else %}Be kind.{% endif %} Cite dates.",
        "Cite sources. {% if a %}Cite sources.{% endif %}",
        "{% for i in s %}Cite sources.{% endfor %} Cite dates.",
    ],
)
def test_a_sentence_that_some_path_loses_is_named(text: str) -> None:
    assert _cut(text, "Cite sources.") == ("would lose 'Cite sources.'",)


def test_a_sentence_that_every_path_still_reads_may_go() -> None:
    text = "{% if a %}Cite sources.{% endif %} Cite sources."
    assert _cut(text, "Cite sources.") == ()


def test_each_finding_names_the_edit_that_makes_it() -> None:
    text = "Please be very kind. Cite all sources. Write JSON, please."
    template = parse(Source(text))
    spans = [text.index(part) for part in ("Please ", "all ", ", please")]
    edits = [
        Edit((Patch(Span(at, at + len(part)), ""),))
        for at, part in zip(spans, ("Please ", "all ", ", please"), strict=True)
    ]
    (found,) = CHECK.objections(template, rewrite(template, edits), edits)
    assert (found.edit, found.reason) == (edits[1], "would lose 'all'")
