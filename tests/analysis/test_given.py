"""Names that have a value wherever a document would be asked for, and those that may have none."""

from __future__ import annotations

from typing import Any

import pytest

from promptc.analysis.given import lacking
from promptc.parse import parse
from promptc.source import Source, Span

HAS = [
    "HERE {{ q }}",
    "{% if x %}HERE{% endif %}{{ q }}",
    "{% set q = 1 %}HERE",
    "{% if x %}{% set q = 1 %}HERE{% endif %}",
    "{% with q = 1 %}HERE{% endwith %}",
    "{% if q %}HERE{% endif %}",
    "{% if q is defined and x %}HERE{% endif %}",
    "{% set q %}a{% endset %}HERE",
    "HERE{{ q }}{% macro m(q) %}{{ q }}{% endmacro %}",
    "HERE{{ q }}{% for q in xs %}{{ q }}{% endfor %}",
    "{% block b %}HERE{{ q }}{% endblock %}",
]
LACKS = [
    ("HERE", "nothing else reads"),
    ("HERE{{ x }}", "nothing else reads"),
    ("HERE{% set q = 1 %}", "on some paths only"),
    ("{% if x %}{% set q = 1 %}{% endif %}HERE", "on some paths only"),
    ("{% if x %}{% set q = 1 %}{% else %}HERE{% endif %}", "on some paths only"),
    ("{% set q = 1 %}{% block b %}HERE{% endblock %}", "on some paths only"),
    ("HERE{{ q | default('') }}", "may be missing"),
    ("HERE{% if q is defined %}{{ q }}{% endif %}", "may be missing"),
    ("HERE{% if q %}{{ q }}{% endif %}", "may be missing"),
    ("{% if not q %}HERE{% endif %}{{ q }}", "may be missing"),
    ("{% if q %}a{% else %}HERE{% endif %}", "may be missing"),
    ("{% if q or x %}HERE{% endif %}", "may be missing"),
]


def _lacking(text: str, name: str = "q", **more: Any) -> str:
    at = text.index("HERE")
    return lacking(parse(Source(text)), name, Span(at, at + 4), **more)


@pytest.mark.parametrize("text", HAS)
def test_a_name_has_a_value(text: str) -> None:
    assert _lacking(text) == ""


@pytest.mark.parametrize(("text", "why"), LACKS)
def test_a_name_may_have_none(text: str, why: str) -> None:
    assert why in _lacking(text)


def test_samples_tell_what_nothing_reads() -> None:
    assert _lacking("HERE", samples=[{"q": "why?"}]) == ""
    assert _lacking("HERE{{ q }}", samples=[{"q": "why?"}, {}]) == "sample 2 gives 'q' no value"
    assert _lacking("HERE", "q.text", samples=[{"q": {"text": "why?"}}]) == ""
    assert "no value" in _lacking("HERE", "q.text", samples=[{"q": "why?"}])
    assert "no value" in _lacking("HERE", samples=[{"q": ""}])


def test_a_name_that_is_bound_at_build_has_a_value() -> None:
    assert _lacking("HERE", bindings={"q": "why?"}) == ""
