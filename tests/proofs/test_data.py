from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import TemplateError
from promptc.ir import Edit, Patch, Template
from promptc.parse import parse
from promptc.passes.compact_tables import CompactTables
from promptc.passes.minify_json import MinifyJson
from promptc.passes.minify_schema import MinifySchema
from promptc.proofs.data import violation
from promptc.protocols import Pass, PassContext
from promptc.rewrite import rewrite
from promptc.source import Source, Span

TEMPLATE = """\
Reply with this:
{ "n": 1.0, "k": 10, "k": 11, "ok": true, "t": "a  b", "h": {{ one }}, "s": "{{ two }}" }

| Plan | Price |
|:-----|------:|
| A    | {{ a }} |
| B    | 2     |

{"type": "object", "$schema": "s", "properties": {"id": {"title": "Id"}, "n": {"title": "No"}}}

The cart: {{ cart | tojson(indent=2) }} and {{ cart | tojson(indent=2) | length }}.
"""


class Characters:
    name = "characters"
    exact = True

    def count(self, text: str) -> int:
        return len(text)


def _template(text: str) -> Template:
    return parse(Source(text, "case.j2"))


def _replaced(old: str, new: str, text: str = TEMPLATE) -> str | None:
    """What the proof says to *old* becoming *new*, as one edit."""
    assert text.count(old) == 1
    template = _template(text)
    start = text.index(old)
    # Only what differs is edited, as a pass would do it.
    lead = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(new))
    span = Span(start + min(lead, len(old)), start + len(old))
    edits = [Edit((Patch(span, new[min(lead, len(old)) :]),))]
    return violation(template, rewrite(template, edits), edits)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ "n"', '{"n"'),
        (" 1.0, ", "1.0,"),
        ('"ok": true', '"ok":\n  true'),
        ("| A    |", "|A|"),
        (":-----|------:", ":-|---:"),
        ('"$schema": "s", ', ""),
        ('"title": "Id"', ""),
        ("cart: {{ cart | tojson(indent=2) }}", "cart: {{ cart | tojson }}"),
    ],
)
def test_equal_data_is_proved(old: str, new: str) -> None:
    assert _replaced(old, new) is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("1.0", "1", "became"),
        ('"k": 10, ', '"k": 1, ', "'10'"),
        ('"k": 11, ', "", "JSON"),
        ('"k": 10, "k": 11', '"k": 11, "k": 10', "JSON"),
        ("true", "True", "JSON"),
        ("a  b", "a b", "'a  b' became 'a b'"),
        ('"ok": true', '"ok": "true"', "JSON"),
        ('"t"', '"T"', "JSON"),
        ("| B    |", "| C    |", "'| B    | 2     |'"),
        ("| B    | 2     |", "| 2    | B     |", "table"),
        ("| B    | 2     |\n", "", "table"),
        ("------:", "------", "table"),
        ('"title": "No"', "", "JSON"),
        ('"type": "object", ', "", "JSON"),
        ('"id": {"title": "Id"}, ', "", "JSON"),
        ("Reply with", "Reply  with", "neither JSON"),
        ('with this:\n{ "n"', 'with this: {"n"', "neither JSON"),
        ("cart: {{ cart", "cart: {{ card", "card"),
        ("tojson(indent=2) }} and", "tojson(2, 3) }} and", "turns"),
        ("tojson(indent=2) | length", "tojson | length", "turns"),
        ("{{ cart | tojson(indent=2) }} and", "{{- cart | tojson }} and", "turns"),
    ],
)
def test_a_lie_is_caught(old: str, new: str, why: str) -> None:
    assert why in (_replaced(old, new) or "")


def _spoken(edits: Iterable[tuple[str, str]], text: str = TEMPLATE) -> str | None:
    template = _template(text)
    made = [
        Edit((Patch(Span(text.index(old), text.index(old) + len(old)), new),)) for old, new in edits
    ]
    return violation(template, rewrite(template, made), made)


def test_swapped_holes_are_caught() -> None:
    assert "turns '{{ one }}'" in (_spoken([("{{ one }}", "{{ two }}")]) or "")
    swap = [("{{ one }}", "{{ two }}"), ('"{{ two }}"', '"{{ one }}"')]
    assert "turns" in (_spoken(swap) or "")


def test_a_moved_hole_is_caught() -> None:
    text = '{ "a": {{ x }}, "b": "" }'
    assert _spoken([('{{ x }}, "b": ""', '"", "b": {{ x }}')], text) is not None


def test_a_change_that_was_not_reported_is_caught() -> None:
    edits = [Edit((Patch(Span(17, 18), "{"),))]
    after = _template(TEMPLATE.replace("1.0", "1"))
    assert "do not lead" in (violation(_template(TEMPLATE), after, edits) or "")


@pytest.mark.parametrize(
    "text",
    [
        '```python\nx = f({ "a": 1 })\n```\n',
        'Write `{ "a": 1 }`.',
        '<example>\n{ "a": 1 }\n</example>\n',
        '{# promptc: off #}{ "a": 1 }{# promptc: on #}',
        '{% if x %}{ "a": 1{% else %}{ "a": 1 }{% endif %}',
        '{ "a": 1, ... }',
        'with pretty-printed { "a": 1 }',
    ],
)
def test_data_whose_layout_is_read_is_not_to_be_edited(text: str) -> None:
    assert "neither JSON" in (_spoken([("{ ", "{")], text) or "")


PASSES: list[Pass] = [MinifyJson(), MinifyJson("spaced"), MinifySchema(), CompactTables()]
PIECES = [
    '{ "a": 1 }', '{ "a" : [ {{ x }}, "{{ y }}" ],\n  "b": ', "{ }", " }", ', "c": 2.0 ', "[", "]",
    "\n", "  ", "{{ x }}", "{% if x %}", "{% else %}", "{% endif %}", "{% for i in x %}",
    "{% endfor %}", '"', "word ", "| a  | b |\n|----|---|\n", "|  c | \\ |\n", "|  {{ x }} |\n",
    '{"type": "object", "properties": {"q": {"title": "Q"}}}', "{{ x | tojson(indent=2) }}", ",",
    "```\n", "```json\n", "`", "{%- if y -%}", "{# c #}", "    ",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from(PASSES))
def test_every_pass_that_promises_equal_data_keeps_it(text: str, each: Pass) -> None:
    try:
        template = _template(text)
    except TemplateError:
        return
    edits = list(each.run(template, PassContext(Characters())))
    after = rewrite(template, edits)
    assert violation(template, after, edits) is None
    assert list(each.run(after, PassContext(Characters()))) == []
