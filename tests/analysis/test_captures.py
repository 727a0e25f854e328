"""Captured text: what template code may read rather than only print."""

from __future__ import annotations

import pytest

from promptc.analysis.captures import captured
from promptc.parse import parse
from promptc.source import Source

MACRO = "{% macro m(x) %}[ x ]{% endmacro %}"
SET = "{% set x %}[ x ]{% endset %}"

READ = [
    "{% trans %}[ x ]{% endtrans %}",
    "{% call m() %}[ x ]{% endcall %}",
    "{% filter length %}[ x ]{% endfilter %}",
    "{% filter trim | replace(' ', '') %}[ x ]{% endfilter %}",
    SET + "{{ x | length }}",
    SET + "{% if x %}{{ x }}{% endif %}",
    SET + "{% if x == '[ x ]' %}a{% endif %}",
    SET + "{{ x ~ y }}",
    SET + "{{ f(x) }}",
    SET + "{{ x }}{% set y = x %}",
    SET + "{{ x | trim | length }}",
    SET + "{% include 'a' %}",
    SET + "{% import 'a' as a with context %}",
    "{% set x | length %}[ x ]{% endset %}{{ x }}",
    MACRO + "{{ m(1) | wordcount }}",
    MACRO + "{{ m(m(1)) }}",
    MACRO + "{% set y = m(1) %}",
    MACRO + "{% for c in m(1) %}{{ c }}{% endfor %}",
    "{% block b %}[ x ]{% endblock %}{{ self.b() | length }}",
]
PRINTED = [
    "[ x ]",
    "{% if a %}[ x ]{% endif %}",
    "{% filter trim %}[ x ]{% endfilter %}",
    "{% filter trim | indent(width=4) | upper %}[ x ]{% endfilter %}",
    "{% filter compress(rate=0.5, query=q) %}[ x ]{% endfilter %}",
    SET,
    SET + "{{ x }}",
    SET + "{{- x | trim | safe -}}{{ x | indent(2) }}",
    SET + "{# x is read here #}{{ x }}{{ 'x' }}",
    SET + "{{ x }}{% include 'a' without context %}{% import 'a' as a %}",
    "{% if a %}" + SET + "{% else %}" + SET + "{% endif %}{{ x }}",
    "{% set x | trim %}[ x ]{% endset %}{{ x }}",
    MACRO + "{{ m('(') }}{{ m(f(1), 'm') | trim }}",
    "{% block b %}[ x ]{% endblock b %}",
    "{% block b %}[ x ]{% endblock b %}{{ self.b() }}",
]


def held(text: str) -> list[str]:
    return [text[slice(*span)] for span in captured(parse(Source(text)))]


@pytest.mark.parametrize("text", READ)
def test_text_that_code_reads_is_captured(text: str) -> None:
    assert "[ x ]" in held(text)


@pytest.mark.parametrize("text", PRINTED)
def test_text_that_is_only_printed_is_not_captured(text: str) -> None:
    assert "[ x ]" not in held(text)


def test_text_printed_into_captured_text_is_captured_too() -> None:
    inner = "{% set x %}[ x ]{% endset %}"
    outer = "{% set y %}{{ x }}{% endset %}"
    assert held(inner + outer + "{{ y }}") == []
    assert held(inner + outer + "{{ y | length }}") == ["[ x ]", "{{ x }}"]


def test_a_macro_printed_into_a_translation_is_captured() -> None:
    assert "[ x ]" in held(MACRO + "{% filter length %}{{ m(1) }}{% endfilter %}")


def test_captured_text_comes_in_order_and_may_nest() -> None:
    text = "{% call m() %}a{% filter length %}b{% endfilter %}{% endcall %}"
    assert held(text) == ["a{% filter length %}b{% endfilter %}", "b"]
