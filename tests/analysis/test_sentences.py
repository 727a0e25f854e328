from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.regions import Kind, regions
from promptc.analysis.sentences import sentences
from promptc.errors import TemplateError
from promptc.parse import parse
from promptc.source import Source


def _read(text: str) -> list[str]:
    template = parse(Source(text))
    return [template.text[slice(*span)] for span in sentences(template)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Be kind. Be brief!", ["Be kind.", "Be brief!"]),
        ("Ask {{ name }}. Then {{ act }}.", ["Ask {{ name }}.", "Then {{ act }}."]),
        ("Be kind. {% if x %}Be brief.{% endif %}", ["Be kind.", "Be brief."]),
        ("# Be kind. Now.\nBe brief.", ["Be brief."]),
        ("- Be kind\n- Be brief. Ask.", ["Be kind", "Be brief.", "Ask."]),
        ("1. Be kind.\n   Ask.\n2) [ ] Be brief.", ["Be kind.", "Ask.", "Be brief."]),
        ("Name the\nauthor and year.", ["Name the\nauthor and year."]),
        ("Be kind\nBe brief", ["Be kind", "Be brief"]),
        (
            "Write a long answer that names every author of the\nPolish edition. Stop.",
            ["Write a long answer that names every author of the", "Polish edition.", "Stop."],
        ),
        (
            "Write a long answer that names every single author of the first\nPolish edition.",
            ["Write a long answer that names every single author of the first\nPolish edition."],
        ),
        ("Use e.g. Bing. Dr. Who knows, i.e. B.", ["Use e.g. Bing.", "Dr. Who knows, i.e. B."]),
        ("List 5. Then stop.", ["List 5.", "Then stop."]),
        ("Call obj.Method first.Then go.", ["Call obj.Method first.Then go."]),
        ('Say "Stop. Now." Then go.', ['Say "Stop. Now."', "Then go."]),
        ("Ask (if unsure. Always) first. Go.", ["Ask (if unsure. Always) first.", "Go."]),
        ("**Be kind.** *Be brief.*", ["**Be kind.**", "*Be brief.*"]),
        ("Run `a. B c.` now. Stop.", ["Run `a. B c.` now.", "Stop."]),
        ("<rules>\nBe kind.\n</rules>", ["Be kind."]),
        ("<rule>Be kind.</rule>", ["Be kind."]),
        ("Put it in <a> tags. Stop.", ["Put it in <a> tags.", "Stop."]),
        ("<a> tags hold it.", ["<a> tags hold it."]),
        ("> Be kind.\n\nBe brief.", ["Be brief."]),
        ("Be kind.\n---\nBe brief.", ["Be kind.", "Be brief."]),
        ("System: Be kind.", ["Be kind."]),
        ("```\nBe kind. Now.\n```\nBe brief.", ["Be brief."]),
        ("{# promptc: off #}Be kind.{# promptc: on #} Be brief.", ["Be brief."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert _read(text) == expected


PIECES = st.sampled_from(
    ["Be kind. ", "ask\n", "Stop!\n", "\n\n", "- ", "1. ", "## ", "> ", "{{ x }}", "{% if a %}"]
    + ["{% endif %}", "`a. B`", "**", '"', "(", ") ", "```\n", "| a | b |\n", "<t>", "</t>", " "]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_sentences_are_ordered_apart_and_cut_to_their_text(text: str) -> None:
    try:
        template = parse(Source(text))
    except TemplateError:
        return
    at = 0
    for span in sentences(template):
        assert at <= span.start < span.stop
        assert template.text[slice(*span)] == template.text[slice(*span)].strip()
        assert "{%" not in template.text[slice(*span)]
        at = span.stop
        for region in regions(template):
            if region.kind in (Kind.FENCE, Kind.HEADING, Kind.TABLE):
                assert not region.span.overlaps(span)
