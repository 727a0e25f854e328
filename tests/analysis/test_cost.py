from __future__ import annotations

import pytest
from hypothesis import given

from promptc.analysis.cost import segment_spans, segments, static_tokens, symbolic
from promptc.errors import TemplateError
from promptc.ir import Output, Template, Text
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Engine, Syntax
from tests.grammar import SYNTAXES, TEMPLATES


class Words:
    """A token for each word."""

    name = "words"
    exact = True

    def count(self, text: str) -> int:
        return len(text.split())


SYMBOLIC = {
    "": "0",
    "be kind": "2",
    "{{ x }}": "tokens(x)",
    "be {{ x|upper }} now": "2 + tokens(x|upper)",
    "{% for d in docs %}a b {{ d.t }}{% endfor %}": "len(docs) * (2 + tokens(d.t))",
    "{% for d in docs if d.ok recursive %}a{% else %}none{% endfor %}": (
        "1 + len(docs if d.ok recursive) * (1)"
    ),
    "{% if a %}one{% elif b %} two{% else %} three{% endif %}": "3",
    "{% for a in b %}{% for c in a %}x{% endfor %}{% endfor %}": "len(b) * (len(a) * (1))",
    "{% for a in b %}{% endfor %}": "0",
}


@pytest.mark.parametrize("text", SYMBOLIC)
def test_the_cost_is_a_formula(text: str) -> None:
    assert symbolic(_template(text), Words()) == SYMBOLIC[text]


@pytest.mark.parametrize(
    ("engine", "text", "expected"),
    [
        ("jinja", "a {{ x }}b{% if y %} c{% endif %}{# d #} e", ("a ", "b c e")),
        ("format", "a {{}} {x}{{b}}", ("a {} ", "", "")),
        ("format", '{{"a": {{}}}} {}', ('{"a": {}} ', "")),
        ("plain", "a {{ b", ("a {{ b",)),
        ("jinja", "{{ x }}", ("", "")),
        ("jinja", "a\n", ("a",)),
    ],
)
def test_segments_are_the_text_between_holes(
    engine: Engine, text: str, expected: tuple[str, ...]
) -> None:
    assert segments(_template(text, Syntax(engine=engine))) == expected


def test_static_tokens_count_every_arm_once() -> None:
    assert static_tokens(_template("a {% if x %}b{% else %} c{% endif %} {{ d }} e"), Words()) == 4


@given(TEMPLATES, SYNTAXES)
def test_segments_hold_all_text_in_its_place(text: str, syntax: Syntax) -> None:
    try:
        template = _template(text, syntax)
    except TemplateError:
        return
    found, spans = segments(template), segment_spans(template)
    assert "".join(found) == "".join(x.text for x in template.leaves if isinstance(x, Text))
    assert len(found) == len(spans) == 1 + sum(isinstance(x, Output) for x in template.leaves)
    for segment, span in zip(found, spans, strict=True):
        inside = (x.text for x in template.leaves if isinstance(x, Text) and span.covers(x.span))
        assert "".join(inside) == segment


def _template(text: str, syntax: Syntax | None = None) -> Template:
    return parse(Source(text), syntax)
