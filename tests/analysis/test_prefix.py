from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from promptc.analysis.prefix import common_prefix, static_prefix
from promptc.errors import TemplateError
from promptc.ir import Template
from promptc.parse import parse
from promptc.source import Source, Span
from promptc.syntax import Engine, Syntax
from tests.grammar import SYNTAXES, TEMPLATES, renderings

# What a template says, what all of its renderings start with, what ends that, and the kind of it.
PREFIXES: list[tuple[str, str, str, str]] = [
    ("be kind\n", "be kind", "", ""),
    ("", "", "", ""),
    ("be {{ x }} now", "be ", "{{ x }}", "hole"),
    ("{{ x }}be", "", "{{ x }}", "hole"),
    ("a{# note #}b{% set x = 1 %}c{{ y }}", "abc", "{{ y }}", "hole"),
    ("{% set x = 1 %}a{{ x }}b{{ y }}", "a1b", "{{ y }}", "hole"),
    ("a{{ 'b' ~ 'c' }}{{ y }}", "abc", "{{ y }}", "hole"),
    ("{% set x %}hidden{% endset %}a{{ x }}", "a", "{{ x }}", "hole"),
    ("{% macro m() %}hidden{% endmacro %}a{{ m() }}", "a", "{{ m() }}", "hole"),
    ("a{% if b %}c{% endif %}d", "a", "{% if b %}", "choice"),
    ("a{% if b %}x1{% else %}x2{% endif %}", "ax", "{% if b %}", "choice"),
    ("a{% if b %}x{% else %}x{% endif %}y{{ z }}", "axy", "{{ z }}", "hole"),
    ("a{% if b %}\nc{% endif %}\nd", "a\n", "{% if b %}", "choice"),
    ("a{% if b %}x{{ c }}{% else %}x{{ d }}{% endif %}", "ax", "{% if b %}", "choice"),
    ("a{% if b %}c{% elif d %}ce{% else %}cf{% endif %}", "ac", "{% if b %}", "choice"),
    ("a{% if true %}c{% endif %}d{{ e }}", "acd", "{{ e }}", "hole"),
    ("a{% if false %}c{% endif %}d{{ e }}", "ad", "{{ e }}", "hole"),
    ("a{% if false %}c{% elif b %}d{% endif %}", "a", "{% if false %}", "choice"),
    ("a{% for b in c %}d{{ b }}{% endfor %}e", "a", "{% for b in c %}", "loop"),
    ("a{% for b in c %}\nd{% endfor %}\ne", "a\n", "{% for b in c %}", "loop"),
    ("a{% for b in c %}x{{ b }}{% else %}xy{% endfor %}", "ax", "{% for b in c %}", "loop"),
    ("a{% with x = 1 %}b{% endwith %}c{{ d }}", "abc", "{{ d }}", "hole"),
    ("a{% raw %}{{ b }}{% endraw %}c{{ d }}", "a{{ b }}c", "{{ d }}", "hole"),
    ("a{% filter upper %}b{% endfilter %}", "a", "{% filter upper %}", "tag"),
    ("a{% trans %}b{% endtrans %}", "a", "{% trans %}", "tag"),
    ("a{% call m() %}b{% endcall %}", "a", "{% call m() %}", "tag"),
    ("a{% bos %}b", "a", "{% bos %}", "tag"),
    ("a{% foo %}b{% endfoo %}", "a", "{% foo %}", "tag"),
    ("a  {%- if b %}c{% endif %}", "a", "{%- if b %}", "choice"),
    ("a{% include 'plain' %}d{{ e }}", "aPLAINd", "{{ e }}", "hole"),
    ("a{% include 'open' %}d", "aof ", "{{ day }}", "hole"),
    ("a{% include 'none' %}d", "a", "{% include 'none' %}", "include"),
    ("a{% include 'none' ignore missing %}d{{ e }}", "ad", "{{ e }}", "hole"),
    ("a{% include name %}d", "a", "{% include name %}", "include"),
    ("a{% include ['none', 'plain'] %}d", "a", "{% include ['none', 'plain'] %}", "include"),
    ("a{% include 'ring' %}d", "a" + "o" * 100, "{% include 'ring' %}", "include"),
    ("{% extends 'layout' %}", "top default ", "{{ day }}", "hole"),
    ("{% extends 'layout' %}{% block b %}own{{ x }}{% endblock %}", "top own", "{{ x }}", "hole"),
    (
        "{% extends 'layout' %}{% block b %}<{{ super() }}>{% endblock %}",
        "top <default> ",
        "{{ day }}",
        "hole",
    ),
    ("{% set day = 'now' %}{% extends 'layout' %}", "top default ", "{{ day }}", "hole"),
    ("{% block a %}b{% endblock %}c{{ d }}", "bc", "{{ d }}", "hole"),
]
FILES = {
    "plain": "PLAIN",
    "open": "of {{ day }} more",
    "ring": "o{% include 'ring' %}",
    "layout": "top {% block b %}default{% endblock %} {{ day }}",
}


@pytest.mark.parametrize(("text", "expected", "end", "kind"), PREFIXES)
def test_the_text_that_every_rendering_starts_with(
    text: str, expected: str, end: str, kind: str
) -> None:
    found = static_prefix(_template(text), load=_load)
    assert found.text == expected
    assert (found.end.text if found.end else "", found.end.kind if found.end else "") == (end, kind)


def test_the_end_is_said_with_its_place_and_reason() -> None:
    found = static_prefix(_template("one\n\n  two {{ user }}\n"))
    assert found.end is not None
    assert (found.end.source, found.end.line, found.end.column) == ("own", 3, 7)
    assert found.end.reason == "{{ user }} is filled anew at each call"
    assert found.span == Span(0, 11)


def test_an_end_in_an_included_file_is_placed_there() -> None:
    found = static_prefix(_template("a\n{% include 'open' %}"), load=_load)
    assert found.end is not None
    assert (found.end.source, found.end.line, found.end.column) == ("open", 1, 4)
    assert (found.span, found.files) == (Span(0, 2), ("open",))


def test_variables_known_at_build_time_are_text() -> None:
    found = static_prefix(_template("a{{ plan }}{% include 'open' %}"), load=_load, bindings=BOUND)
    assert found.text == "aproof 1 more"


def test_a_binding_that_a_template_sets_anew_is_not_handed_on() -> None:
    text = "{% set day = now() %}{% include 'open' %}"
    assert static_prefix(_template(text), load=_load, bindings=BOUND).text == "of "


BOUND = {"plan": "pro", "day": 1}


TEXT_OF = {"format": "a {{}} {c} d", "plain": "a {{}} {c} d", "jinja": "a {{ b }}"}


@pytest.mark.parametrize(
    ("engine", "expected"), [("format", "a {} "), ("plain", "a {{}} "), ("jinja", "a ")]
)
def test_each_engine_reads_its_own_holes(engine: Engine, expected: str) -> None:
    assert static_prefix(_template(TEXT_OF[engine], Syntax(engine=engine))).text == expected


def test_many_choices_in_a_row_take_no_time() -> None:
    assert static_prefix(_template("{% if a %}a{% endif %}" * 2000)).text == ""
    nested = "{% if a %}a" * 60 + "{% endif %}" * 60
    assert static_prefix(_template(nested * 20)).text == ""


def test_files_that_include_each_other_twice_take_no_time() -> None:
    both = "{% if a %}{% include 'next' %}{% endif %}"
    files = {str(n): (both + both).replace("next", str(n + 1)) for n in range(40)}

    def load(name: str) -> Source | None:
        return Source(files[name], name) if name in files else None

    assert static_prefix(_template("a{% include '0' %}"), load=load).text == "a"


def test_renderings_share_what_they_start_with() -> None:
    assert common_prefix(["abc", "abd", "ab"]) == "ab"
    assert common_prefix(["abc", "abc"]) == "abc"
    assert common_prefix(["abc"]) == ""
    assert common_prefix([]) == ""


@given(TEMPLATES, SYNTAXES)
def test_every_rendering_starts_with_the_prefix(text: str, syntax: Syntax) -> None:
    try:
        template = _template(text, syntax)
    except TemplateError:
        return
    found = static_prefix(template)
    texts = {each for each in renderings(text, replace(syntax, stated=True)) if each is not None}
    assert all(each.startswith(found.text) for each in texts)
    if found.end is None:
        assert texts <= {found.text}


def _load(name: str) -> Source | None:
    return Source(FILES[name], name) if name in FILES else None


def _template(text: str, syntax: Syntax | None = None) -> Template:
    return parse(Source(text, "own"), syntax or Syntax())
