"""The names that a template reads from outside."""

from __future__ import annotations

import pytest

from promptc.analysis.variables import variables
from promptc.errors import TemplateError
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax

CASES = {
    "": "",
    "{{ a }}{{ b.c }}{{ d['e'] }}": "a b d",
    "{% set a = b %}{{ a }}": "b",
    "{% for x in xs %}{{ x }}{{ loop.index }}{% endfor %}{{ x }}": "x xs",
    "{% macro m(a, b=c) %}{{ a }}{{ caller() }}{% endmacro %}{{ m(d) }}": "c d",
    "{% if a is odd_thing %}{{ b|strange(c) }}{% endif %}{{ d|strange }}": "a b c d",
    "{{ range(3) }}{{ namespace(x=1) }}{{ dict() }}{{ _('hi') }}": "",
    "{{ raise_exception('no') }}{{ strftime_now('%Y') }}": "",
    "{{ f(a) }}": "a f",
    "{% chat role %}{{ a }}{% endchat %}{% stop %}": "a",
    "{% raw %}{{ a }}{% endraw %}{# {{ b }} #}": "",
    "{% from 'x' import y %}{{ y(z) }}{% include name %}": "name z",
    "{% block a %}{{ b }}{% endblock %}{% with c = d %}{{ c }}{% endwith %}": "b d",
    "{% trans n=count %}{{ n }} {{ m }}{% endtrans %}": "count m",
}
FORMATS = {
    "{a} {b.c} {d[0]} {e!r:>3} {} {0} %s": "a b d e",
    "${a} %(b)s <C>": "C a b",
    "{{a}} {{ b }}": "a b",
    "{a} {{b}}": "a",
    "plain": "",
}


@pytest.mark.parametrize("text", CASES)
def test_names_read_and_never_bound(text: str) -> None:
    assert " ".join(sorted(variables(parse(Source(text))))) == CASES[text]


@pytest.mark.parametrize("text", FORMATS)
def test_fields_of_a_format_file(text: str) -> None:
    template = parse(Source(text), Syntax(engine="format"))
    assert " ".join(sorted(variables(template))) == FORMATS[text]


def test_what_jinja_parses_and_can_not_compile_is_an_error() -> None:
    text = "{% filter upper %}{% extends 'a' %}{% endfilter %}"
    with pytest.raises(TemplateError, match=r"t\.j2: Jinja can't compile it: cannot use extend"):
        variables(parse(Source(text, "t.j2")))


def test_a_plain_file_reads_nothing() -> None:
    assert variables(parse(Source("{{ a }}{b}"), Syntax(engine="plain"))) == frozenset()


def test_front_matter_reads_nothing() -> None:
    text = "---\nx: '{{ a }}'\n---\n{{ b }}"
    assert variables(parse(Source(text), Syntax(front_matter=True))) == {"b"}
