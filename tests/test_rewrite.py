"""Edits applied, and the way back from what they made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import PassError
from promptc.ir import Comment, Edit, Output, Patch, Template, Text, origin_of
from promptc.parse import parse
from promptc.rewrite import carried, rewrite
from promptc.source import Source, Span
from promptc.syntax import Syntax

PLAIN = Syntax(engine="plain")
OTHER = Source("from another file", "other.j2")


def _template(text: str) -> Template:
    return parse(Source(text, "case.j2"), PLAIN)


def _edit(*patches: tuple[int, int, str]) -> Edit:
    return Edit(tuple(Patch(Span(start, stop), text) for start, stop, text in patches))


def test_patches_are_applied_in_the_order_of_the_text() -> None:
    after = rewrite(
        _template("one two three"), [_edit((8, 13, "3")), _edit((0, 3, "1"), (3, 4, ", "))]
    )
    assert after.text == "1, two 3"
    assert "".join(leaf.text for leaf in after.leaves) == after.text


def test_no_edits_change_nothing() -> None:
    template = _template("one")
    assert rewrite(template, []) is template


def test_overlapping_patches_are_a_bug_of_the_pass() -> None:
    with pytest.raises(PassError, match="overlap"):
        rewrite(_template("one two"), [_edit((0, 4, "")), _edit((3, 5, ""))])


def test_insertions_at_one_place_keep_their_order() -> None:
    assert rewrite(_template("ab"), [_edit((1, 1, "x"), (1, 1, "y"))]).text == "axyb"


def test_what_is_left_leads_back_to_where_it_was() -> None:
    after = rewrite(_template("one two three"), [_edit((4, 8, ""))])
    assert after.text == "one three"
    assert origin_of(after, Span(4, 9)) == ("case.j2", Span(8, 13))
    assert origin_of(after, Span(0, 9)) == ("case.j2", Span(0, 13))


def test_what_was_written_leads_back_to_what_it_replaced() -> None:
    after = rewrite(_template("one two three"), [_edit((4, 7, "2"))])
    assert origin_of(after, Span(4, 5)) == ("case.j2", Span(4, 7))
    twice = rewrite(after, [_edit((3, 5, "!"))])
    assert twice.text == "one! three"
    assert origin_of(twice, Span(3, 4)) == ("case.j2", Span(3, 7))


def test_copied_text_leads_back_to_its_file() -> None:
    patch = Patch(Span(3, 3), "another", Span(5, 12), "other.j2")
    after = rewrite(_template("one"), [Edit((patch,))])
    assert after.text == "oneanother"
    assert origin_of(after, Span(4, 6)) == ("other.j2", Span(6, 8))


def test_the_tree_is_what_jinja_reads_afterwards() -> None:
    template = parse(Source("{ # n #} {{ x }}"))
    after = rewrite(template, [_edit((1, 2, ""))], trusted=True)
    assert [type(leaf) for leaf in after.leaves] == [Comment, Text, Output]


@st.composite
def rounds(draw: st.DrawFn) -> tuple[str, list[list[Edit]]]:
    """A text, and rounds of edits of which some copy from another file."""
    text = draw(st.text("abc \n\u00e9", min_size=1, max_size=30))
    template = _template(text)
    found: list[list[Edit]] = []
    for _ in range(draw(st.integers(1, 4))):
        cuts = sorted(draw(st.sets(st.integers(0, len(template.text)), max_size=8)))
        spans = [Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
        edits = [Edit((draw(_patch(span)),)) for span in spans]
        template = rewrite(template, draw(st.permutations(edits)))
        found.append(edits)
    return text, found


def _patch(span: Span) -> st.SearchStrategy[Patch]:
    words = st.text("XYZ", max_size=4).map(lambda text: Patch(span, text))
    ends = st.tuples(st.integers(0, 17), st.integers(0, 17)).map(lambda two: Span(*sorted(two)))
    copies = ends.map(lambda at: Patch(span, OTHER.text[slice(*at)], at, OTHER.name))
    return st.one_of(words, copies)


@given(rounds())
def test_origins_cover_the_text_and_lead_back_to_equal_text(
    case: tuple[str, list[list[Edit]]],
) -> None:
    text, found = case
    template = _template(text)
    for edits in found:
        expected = _spliced(template.text, edits)
        template = rewrite(template, edits)
        assert template.text == expected
    files = {"case.j2": text, OTHER.name: OTHER.text}
    at = 0
    for mapping in template.origins:
        assert mapping.output.start == at < mapping.output.stop
        at = mapping.output.stop
        if mapping.verbatim and mapping.origin is not None:
            shown = template.text[slice(*mapping.output)]
            assert files[mapping.source][slice(*mapping.origin)] == shown
        if mapping.origin is not None:
            assert Span(0, len(files[mapping.source])).covers(mapping.origin)
    assert at == len(template.text)


@given(rounds(), st.data())
def test_finding_an_origin_equals_looking_through_all(
    case: tuple[str, list[list[Edit]]], data: st.DataObject
) -> None:
    text, found = case
    template = _template(text)
    for edits in found:
        template = rewrite(template, edits)
    start = data.draw(st.integers(0, len(template.text)))
    span = Span(start, data.draw(st.integers(start, len(template.text))))
    near = [
        m for m in template.origins if m.output.start <= span.stop and span.start <= m.output.stop
    ]
    assert list(template.origins_at(span)) == near
    pieces = list(carried(template, span))
    assert "".join(piece for piece, _ in pieces) == template.text[slice(*span)]


def _spliced(text: str, edits: list[Edit]) -> str:
    for patch in sorted((p for edit in edits for p in edit.patches), reverse=True):
        text = text[: patch.span.start] + patch.text + text[patch.span.stop :]
    return text
