"""What is known where, held against what Jinja does."""

from __future__ import annotations

from typing import Any

import pytest

from promptc.analysis.constants import Scope
from promptc.analysis.expressions import Unknown
from promptc.ir import Block, Output, Tag, Template, blocks
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax

# Of each template the holes, joined by '|'; '?' for one that is not known.
PRINTED: dict[str, tuple[str, dict[str, Any], str]] = {
    "literals": ("{{ 'a' }}{{ 1 }}{{ x }}", {}, "a|1|?"),
    "set at the top": ("{{ a }}{% set a = 1 %}{{ a }}", {}, "?|1"),
    "set from one that is set": ("{% set a = 1 %}{% set b = a ~ 'x' %}{{ b }}", {}, "1x"),
    "bound from outside": ("{{ a }}{% if x %}{{ a }}{% endif %}", {"a": 2}, "2|2"),
    "bound and set": ("{% set a = 1 %}{{ a }}", {"a": 2}, "1"),
    "bound, set in an arm": ("{{ a }}{% if x %}{% set a = 1 %}{% endif %}", {"a": 2}, "?"),
    "set twice": ("{% set a = 1 %}{% set a = 2 %}{{ a }}", {}, "?"),
    "set in an arm": ("{% if x %}{% set a = 1 %}{% endif %}{{ a }}", {}, "?"),
    "a loop's own": ("{% set a = 1 %}{% for a in s %}{{ a }}{% endfor %}{{ a }}", {}, "?|?"),
    "in a loop": ("{% set a = 1 %}{% for i in s %}{{ a }}{{ i }}{% endfor %}", {}, "1|?"),
    "two targets": ("{% for k, a in s %}{{ a }}{% endfor %}", {"a": 1, "k": 2}, "?"),
    "a macro's own": ("{% macro m(a) %}{{ a }}{% endmacro %}{{ a }}", {"a": 1}, "?|?"),
    "in a macro": ("{% set a = 1 %}{% macro m() %}{{ a }}{% endmacro %}{{ a }}", {}, "?|1"),
    "in a block": ("{% set a = 1 %}{% block b %}{{ a }}{% endblock %}", {}, "?"),
    "in a block in an arm": (
        "{% set a = 1 %}{% if x %}{% block b %}{{ a }}{% endblock %}{% endif %}",
        {},
        "?",
    ),
    "a block, from outside": ("{% block b %}{{ a }}{% endblock %}", {"a": 1}, "1"),
    "with": ("{% with a = 1 %}{{ a }}{% endwith %}{{ a }}", {"a": 2}, "?|?"),
    "imported": ("{% from 'x' import a %}{{ a }}", {"a": 1}, "?"),
    "imported under a name": ("{% import 'x' as a %}{{ a }}", {"a": 1}, "?"),
    "a namespace": ("{% set n = namespace(a=1) %}{% set n.a = 2 %}{{ n.a }}", {}, "?"),
    "two names at once": ("{% set a, b = 1, 2 %}{{ a }}", {}, "?"),
    "a set block": ("{% set a %}x{% endset %}{{ a }}", {"a": 1}, "?"),
    "a child": ("{% extends 'p' %}{% set a = 1 %}{% block b %}{{ a }}{% endblock %}", {}, "?"),
    "names of Jinja's own": (
        "{% for i in s %}{{ loop }}{% endfor %}{% macro m() %}{{ caller }}{% endmacro %}{{ self }}",
        {"loop": 1, "caller": 2, "self": 3},
        "?|?|?",
    ),
    "a tag that Jinja doesn't know": ("{% capture a %}{{ a }}", {"a": 1}, "?"),
    "text to translate": ("{% set a = 1 %}{% trans %}{{ a }}{% endtrans %}{{ a }}", {}, "?|1"),
    "escaped": ("{% autoescape true %}{{ '<' }}{% endautoescape %}{{ '<' }}", {}, "?|<"),
    "locked": ("{# promptc: off #}{{ 1 }}{# promptc: on #}", {}, "?"),
    "a name that is looked up elsewhere for a mention": (
        "{{ 'a' if true else x }}{% for i in s %}{{ x }}{% endfor %}{% set x = 1 %}",
        {},
        "?|?",
    ),
}

# Of each template the arms of the first 'if': T taken, F never taken, ? depends.
VERDICTS: dict[str, tuple[str, str]] = {
    "literals": ("{% if true %}a{% elif false %}b{% else %}c{% endif %}", "TF?"),
    "one depends": ("{% if x %}a{% elif false %}b{% elif true %}c{% endif %}", "?FT"),
    "a list is no tuple": ("{% if (1,) == [1] %}a{% endif %}", "F"),
    "an arm sets": ("{% if false %}{% set a = 1 %}{% endif %}", "?"),
    "another arm sets": ("{% if false %}a{% else %}{% set a = 1 %}{% endif %}", "??"),
    "an arm sets in its own loop": (
        "{% if false %}{% for i in s %}{% set a = 1 %}{% endfor %}{% endif %}",
        "?",
    ),
    "a block": ("{% if false %}{% block b %}{% endblock %}{% endif %}", "?"),
    "a macro": ("{% if false %}{% macro m() %}{% endmacro %}{% endif %}", "?"),
    "an import": ("{% if false %}{% import 'x' as x %}{% endif %}", "?"),
    "a parent": ("{% if false %}{% extends 'x' %}{% endif %}", "?"),
    "a tag that Jinja doesn't know": ("{% if false %}{% load x %}{% endif %}", "?"),
    "locked": ("{% if false %}{# promptc: off #}a{# promptc: on #}{% endif %}", "?"),
    "a mention of what is set later": ("{% if false %}{{ a }}{% endif %}{% set a = y %}", "?"),
    "a mention of what is set before": ("{% set a = y %}{% if false %}{{ a }}{% endif %}", "F"),
    "a condition mentions what is set later": (
        "{% if false and a %}b{% endif %}{% set a = 1 %}",
        "?",
    ),
    "a loop of its own": ("{% if false %}{% for a in s %}{{ a }}{% endfor %}{% endif %}", "F"),
    "a loop's name that is set elsewhere": (
        "{% set a = 1 %}{% if false %}{% for a in s %}{{ a }}{% endfor %}{% endif %}",
        "?",
    ),
    "what makes a macro take a caller": (
        "{% macro m() %}{% if false %}{{ caller() }}{% endif %}{% endmacro %}",
        "?",
    ),
}


def _template(text: str) -> Template:
    return parse(Source(text), Syntax(extensions=("i18n", "do")))


@pytest.mark.parametrize("name", PRINTED)
def test_holes_that_are_known(name: str) -> None:
    text, bindings, expected = PRINTED[name]
    template = _template(text)
    scope = Scope(template, bindings)
    shown = [_shown(scope, leaf) for leaf in template.leaves if isinstance(leaf, Output)]
    assert "|".join(shown) == expected


def _shown(scope: Scope, hole: Output) -> str:
    try:
        return scope.printed(hole)
    except Unknown:
        return "?"


@pytest.mark.parametrize("name", VERDICTS)
def test_arms_that_are_decided(name: str) -> None:
    text, expected = VERDICTS[name]
    template = _template(text)
    (block, *_) = (block for block in blocks(template.body) if block.name == "if")
    verdicts = Scope(template, {}).verdicts(block)
    assert "".join({True: "T", False: "F", None: "?"}[each] for each in verdicts) == expected


def test_line_statements_are_never_decided() -> None:
    text = "# if true\na\n# endif\n"
    (block,) = parse(Source(text), Syntax(line_statement_prefix="#")).body
    assert isinstance(block, Block)
    assert Scope(_template(text), {}).verdicts(block) == (None,)


def test_known_names_are_those_set_before_an_offset() -> None:
    template = _template("{% set a = 1 %}{% set b = 2 %}")
    scope = Scope(template, {"c": 3})
    tags = [leaf for leaf in template.leaves if isinstance(leaf, Tag)]
    assert dict(scope.at(tags[0].span.start)) == {"c": 3}
    assert dict(scope.at(tags[1].span.start)) == {"c": 3, "a": 1}
    assert len(scope.at(tags[1].span.stop)) == 3


INCLUDED: dict[str, tuple[str, str, bool]] = {
    "text": ("{% include 'p' %}", "a", True),
    "a name of nobody": ("{% include 'p' %}", "{{ a }}", True),
    "a name set before": ("{% set a = y %}{% include 'p' %}", "{{ a }}", True),
    "a name set after": ("{% include 'p' %}{% set a = y %}", "{{ a }}", False),
    "a name set in an arm": (
        "{% if x %}{% set a = y %}{% endif %}{% include 'p' %}",
        "{{ a }}",
        False,
    ),
    "a loop's name": ("{% for a in s %}{% include 'p' %}{% endfor %}", "{{ a }}", True),
    "the loop itself": ("{% for a in s %}{% include 'p' %}{% endfor %}", "{{ loop.index }}", False),
    "a loop of its own": (
        "{% include 'p' %}",
        "{% for a in s %}{{ loop.index }}{% endfor %}",
        True,
    ),
    "a caller": ("{% macro m() %}{% include 'p' %}{% endmacro %}", "{{ caller() }}", False),
    "escaped": ("{% autoescape true %}{% include 'p' %}{% endautoescape %}", "{{ a }}", False),
}


@pytest.mark.parametrize("name", INCLUDED)
def test_what_reads_the_same_in_the_place_of_its_tag(name: str) -> None:
    text, inner, expected = INCLUDED[name]
    template = _template(text)
    (tag,) = (leaf for leaf in template.leaves if isinstance(leaf, Tag) and leaf.name == "include")
    assert Scope(template, {}).takes_in(tag, _template(inner)) == expected
