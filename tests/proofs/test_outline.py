"""Passes that move more than is granted, or something else, and what the proof says of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.outlines import Granted, Hole, documents, outlined
from promptc.errors import PassError, TemplateError
from promptc.ir import Comment, Edit, Output, Patch, Tag
from promptc.parse import parse
from promptc.pipeline import optimize
from promptc.proofs import outline
from promptc.protocols import Guarantee, PassContext
from promptc.rewrite import rewrite
from promptc.source import Source, Span
from tests.test_passes import Bytes
from tests.test_pipeline import Swap

TEXT = (
    "Be kind to {{ name }}.\n{# promptc: document handbook query=q k=3 #}\nSick days need a note."
    "\n{# promptc: end #}\n{{ q }}"
)
CALL = '{{ retrieve("handbook", query=q, k=3, tokens=600) }}'
KINDS = frozenset({Comment, Output, Tag})


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Be kind", "Be nice", "changes what is no document"),
        ("{{ name }}", "{{ x }}", "changes what is no document"),
        ("Sick days need a note.", "", "writes something else than one retrieve"),
        ("Sick days need a note.", CALL, "changes more than the text"),
        ("Sick days need a note.", CALL + CALL, "writes something else than one retrieve"),
        ("Sick days need a note.", CALL.replace("k=3", "k=4"), "sets other limits"),
        ("Sick days need a note.", CALL.replace("=q", "=r"), "asks 'handbook' about 'r'"),
        ("Sick days need a note.", CALL.replace("handbook", "other"), "asks 'other' about 'q'"),
        ("Sick days need a note.", "{{ q }}", "writes something else"),
    ],
)
def test_a_pass_that_does_anything_else_is_caught(old: str, new: str, why: str) -> None:
    liar: Any = Swap(old, new, Guarantee.OUTLINE, KINDS)
    with pytest.raises(PassError, match=why):
        optimize(parse(Source(TEXT)), [liar], PassContext(Bytes()))


def test_what_moves_nothing_but_the_document_is_proved() -> None:
    before = parse(Source(TEXT))
    (document,) = documents(before, Granted())
    edit = Edit(outlined(before, document, Hole("handbook", "q", 3, 600)))
    after = rewrite(before, [edit])
    assert outline.violation(before, after, [edit], Granted()) is None
    assert after.text == TEXT.replace("Sick days need a note.", CALL).replace(
        "document handbook query=q k=3", "outlined"
    )


def test_a_document_that_must_stay_may_not_be_moved() -> None:
    before = parse(Source("{% for x in xs %}" + TEXT + "{% endfor %}"))
    (document,) = documents(before, Granted())
    edit = Edit(outlined(before, document, Hole("handbook", "q", 3, 600)))
    why = outline.violation(before, rewrite(before, [edit]), [edit], Granted())
    assert why and "although it stands in {% for %}" in why


def test_what_changes_beside_the_edits_is_seen() -> None:
    before = parse(Source(TEXT))
    (document,) = documents(before, Granted())
    edit = Edit(outlined(before, document, Hole("handbook", "q", 3, 600)))
    more = Edit((Patch(Span(0, 2), "Do be"),))
    after = rewrite(before, [edit, more])
    why = outline.violation(before, after, [edit], Granted())
    assert why == "changes what stands around a document"


def test_an_included_file_needs_the_grant() -> None:
    files = {"a.md": Source("Text.", "a.md")}
    before = parse(Source('A {% include "a.md" -%} B {{ q }}'))
    leave = Granted(frozenset({"a.md"}), "q", files.get)
    (document,) = documents(before, leave)
    edit = Edit(outlined(before, document, Hole("a.md", "q", 4, 600)))
    after = rewrite(before, [edit])
    assert outline.violation(before, after, [edit], leave) is None
    assert outline.violation(before, after, [edit], Granted()) is not None


PIECES = st.sampled_from(
    ["word ", "\n", "  ", "{{ x }}", "{{ q }}", "{% if x %}", "{% endif %}", "{# note #}", "<a>\n"]
    + ["{# promptc: document d query=q #}", "{#- promptc: document e query=q k=2 -#}"]
    + ["{# promptc: end #}", "{#- promptc: end -#}", "{% for i in s %}", "{% endfor %}"]
    + ['{% include "a.md" %}', '{%- include "a.md" -%}', "{% set q = 1 %}", "{ {", "}}"]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_every_document_that_may_move_is_moved_and_proved(text: str) -> None:
    files = {"a.md": Source("# A\n\nSome text.\n", "a.md")}
    leave = Granted(frozenset({"a.md"}), "q", files.get, [{"q": "why?", "x": 1}])
    try:
        before = parse(Source(text))
        found = [each for each in documents(before, leave) if not each.why]
    except TemplateError:
        return
    edits = [
        Edit(outlined(before, each, Hole(each.name, each.query, each.k or 4, 600)))
        for each in found
    ]
    after = rewrite(before, edits)
    assert outline.violation(before, after, edits, leave) is None
    assert not [each for each in documents(after, leave) if not each.why]
    assert after.text.count("retrieve(") == len(found)
