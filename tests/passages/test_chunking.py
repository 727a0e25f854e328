"""Documents are cut along their structure, and nothing in them gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.textlines import UnitKind
from promptc.analysis.textunits import textunits
from promptc.passages import Document, Kind, Passage
from promptc.passages.chunking import Sizes, chunk
from promptc.source import Span
from promptc.tokens import get_tokenizer

TOKENIZER = get_tokenizer("gpt-4o")
SMALL = Sizes(most=40, overlap=16)
LINES = st.sampled_from(
    [
        "# Refunds",
        "## Laptops and phones",
        "",
        "A laptop can be returned in 30 days. It must be unopened. Bring the receipt with you.",
        "- unopened boxes only",
        "| item | days |",
        "|---|---|",
        "| phone | 14 |",
        "Q: How long?",
        "A: Two weeks.",
        "```python",
        "x = 1",
        "```",
        '{"a": [1, 2]}',
        "解放军在北京举行了阅兵式。天气很好。",
        "x" * 300,
        "word " * 120,
        "What about shipping?",
    ]
)
TEXTS = st.lists(LINES, max_size=30).map("\n".join)
HANDBOOK = """# Handbook

We sell laptops.

## Returns

- Laptops: 30 days.
- Phones: 14 days.

Q: Who pays?
A: We do.

### Boxes

They stay closed.
"""


def cut(text: str, sizes: Sizes = SMALL) -> tuple[Passage, ...]:
    return chunk(Document("a.md", text), TOKENIZER, sizes)


@given(TEXTS)
def test_every_character_but_white_space_is_in_a_passage(text: str) -> None:
    covered = {at for each in cut(text) for at in range(*each.span)}
    assert all(at in covered for at, char in enumerate(text) if not char.isspace())


@given(TEXTS)
def test_a_passage_is_its_head_and_its_span_verbatim(text: str) -> None:
    for each in cut(text):
        head = text[slice(*each.head)] if each.head else ""
        assert each.text == head + text[slice(*each.span)]
        assert each.text.strip()
        assert each.line == text.count("\n", 0, each.span.start) + 1


@given(TEXTS)
def test_no_passage_goes_on_across_a_heading(text: str) -> None:
    """Headings stand at the start of a passage: its own, after those without a text."""
    units = [unit for unit in textunits(text) if text[slice(*unit.span)].strip()]
    for each in cut(text):
        inside = [unit for unit in units if unit.span.overlaps(each.span)]
        kinds = [unit.kind is UnitKind.HEADING for unit in inside]
        assert kinds == sorted(kinds, reverse=True)


@given(TEXTS)
def test_passages_are_no_larger_than_was_asked(text: str) -> None:
    """Tokens are summed over the parts, which joined may take a few more."""
    for each in cut(text):
        assert TOKENIZER.count(each.text) <= SMALL.most + 16


@given(TEXTS)
def test_passages_stand_in_order(text: str) -> None:
    spans = [each.span for each in cut(text)]
    assert spans == sorted(spans)


def test_sections_lists_and_questions_stay_whole() -> None:
    found = cut(HANDBOOK, Sizes())
    assert [(each.path, each.text.splitlines()[-1], each.line) for each in found] == [
        (("Handbook",), "We sell laptops.", 1),
        (("Handbook", "Returns"), "A: We do.", 5),
        (("Handbook", "Returns", "Boxes"), "They stay closed.", 13),
    ]
    assert found[1].text.startswith("## Returns\n\n- Laptops")


def test_a_question_and_its_answer_are_one_passage() -> None:
    text = "Q: Who pays?\nA: We do.\n\n" + "Q: When?\nA: " + "Soon, we hope, but not now. " * 8
    first, second, third, *_ = cut(text)
    assert (first.kind, first.text) == (Kind.QUESTION, "Q: Who pays?\nA: We do.")
    assert second.text.startswith("Q: When?\nA: Soon")
    assert third.text.startswith("Q: When?\nSoon")
    assert third.head == Span(24, 33)


def test_the_parts_of_a_table_carry_its_header() -> None:
    rows = "".join(f"| item {at} | {at} days |\n" for at in range(20))
    found = cut("| item | days |\n|---|---|\n" + rows)
    assert len(found) > 2
    assert all(each.text.startswith("| item | days |\n|---|---|\n| item") for each in found)
    assert {each.kind for each in found} == {Kind.TABLE}


def test_prose_overlaps_by_a_short_sentence() -> None:
    text = "".join(f"Sentence number {at} says a thing about laptops. " for at in range(12))
    one, two, *_ = cut(text)
    assert one.span.stop > two.span.start
    assert text[two.span.start : one.span.stop].startswith("Sentence number")
    without, after, *_ = cut(text, Sizes(most=40, overlap=0))
    assert without.span.stop <= after.span.start


def test_a_heading_without_text_opens_the_section_below_or_stands_alone() -> None:
    found = cut("# A\n\n## B\n\ntext of b\n\n# C\n")
    assert [each.text for each in found] == ["# A\n\n## B\n\ntext of b", "# C"]
    assert [each.path for each in found] == [("A", "B"), ("C",)]


def test_code_is_told_from_prose() -> None:
    (found,) = cut("```python\nx = 1\n\ny = 2\n```\n")
    assert found.kind is Kind.CODE


def test_nothing_gives_nothing() -> None:
    assert cut("") == cut(" \n\n ") == ()


@pytest.mark.parametrize(("most", "overlap"), [(15, 0), (40, 21), (40, -1)])
def test_sizes_that_can_not_be_are_refused(most: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=r"most must|overlap must"):
        Sizes(most=most, overlap=overlap)
