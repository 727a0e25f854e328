from __future__ import annotations

import pytest

from promptc.analysis.inclusion import included, parent
from promptc.ir import Tag
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax

FILES = {
    name: Source(text, name)
    for name, text in {
        "p.j2": "Be {{ tone }}.",
        "loops.j2": "{% for i in s %}{{ i }}{% endfor %}",
        "sets.j2": "{% set a = 1 %}",
        "macro.j2": "{% macro m() %}{% endmacro %}",
        "block.j2": "{% block b %}{% endblock %}",
        "child.j2": "{% extends 'base.j2' %}",
        "odd.j2": "{% load x %}",
        "beside.j2": "{% include './p.j2' %}",
        "broken.j2": "{% if %}",
        "base.j2": "a{% block b %}{% endblock %}",
    }.items()
}


def _included(text: str, syntax: Syntax | None = None) -> str | None:
    syntax = syntax or Syntax()
    template = parse(Source(text), syntax)
    (leaf,) = (leaf for leaf in template.leaves if isinstance(leaf, Tag))
    inner = included(leaf, FILES.get, syntax)
    return inner.name if inner else None


@pytest.mark.parametrize(
    "text",
    ['{% include "p.j2" %}', "{%- include 'p.j2' -%}", "{% include 'p.j2' with context %}"],
)
def test_a_file_with_a_constant_name_is_found(text: str) -> None:
    assert _included(text) == "p.j2"


@pytest.mark.parametrize(
    "text",
    [
        "{% include name %}",
        "{% include ['p.j2', 'q.j2'] %}",
        "{% include 'q.j2' %}",
        "{% include 'p.j2' ignore missing %}",
        "{% include 'p.j2' without context %}",
        "{% include 'sets.j2' %}",
        "{% include 'macro.j2' %}",
        "{% include 'block.j2' %}",
        "{% include 'child.j2' %}",
        "{% include 'odd.j2' %}",
        "{% include 'beside.j2' %}",
        "{% include 'broken.j2' %}",
        "{% import 'p.j2' as p %}",
    ],
)
def test_what_can_not_stand_in_the_place_of_its_tag_is_not(text: str) -> None:
    assert _included(text) is None


def test_a_file_with_loops_is_found() -> None:
    assert _included("{% include 'loops.j2' %}") == "loops.j2"


def test_a_locked_tag_names_nothing() -> None:
    text = "{# promptc: off #}{% include 'p.j2' %}{# promptc: on #}"
    assert _included(text) is None


def test_a_line_statement_names_nothing() -> None:
    assert _included("# include 'p.j2'\n", Syntax(line_statement_prefix="#")) is None


def _parent(text: str, syntax: Syntax | None = None) -> str | None:
    found = parent(parse(Source(text), syntax), FILES.get)
    return found.name if found else None


@pytest.mark.parametrize(
    "text",
    [
        "{% extends 'base.j2' %}",
        "{# n #}\n{% extends 'base.j2' %}\n\n{% block b %}{{ x }}{% endblock %}\n",
    ],
)
def test_a_child_that_only_defines_blocks_has_a_parent(text: str) -> None:
    assert _parent(text) == "base.j2"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "{% extends name %}",
        "{% extends 'q.j2' %}",
        "{% extends 'beside.j2' %}",
        "text{% extends 'base.j2' %}",
        "{% extends 'base.j2' %}{{ x }}",
        "{% extends 'base.j2' %}{% set a = 1 %}",
        "{% if x %}{% extends 'base.j2' %}{% endif %}",
        "{% extends 'base.j2' %}{% extends 'base.j2' %}",
        "{% extends 'base.j2' %}{% block b %}{{ super() }}{% endblock %}",
        "{% extends 'base.j2' %}{% block b %}{% block c %}{% endblock %}{% endblock %}",
    ],
)
def test_a_child_that_does_more_has_none(text: str) -> None:
    assert _parent(text) is None


def test_a_child_with_front_matter_has_none() -> None:
    text = "---\na: 1\n---\n{% extends 'base.j2' %}"
    assert _parent(text, Syntax(front_matter=True)) is None
