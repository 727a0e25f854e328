"""Equal normal forms, held against what stock Jinja renders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.analysis.normal import same
from promptc.errors import TemplateError
from promptc.ir import Template
from promptc.parse import parse
from promptc.passes.drop_dead_branches import DropDeadBranches
from promptc.passes.fold_constants import FoldConstants
from promptc.protocols import PassContext
from promptc.source import Source
from promptc.syntax import Syntax
from tests.grammar import CONTEXTS, SYNTAXES, TEMPLATES, agree, renderings
from tests.test_passes import Bytes

STATED = Syntax(stated=True)
SHAPES = (FoldConstants(), DropDeadBranches())
CONTEXT = PassContext(Bytes())

EQUAL: dict[str, tuple[str, str]] = {
    "comments": ("a{# n #}b", "ab"),
    "constants": ("{{ 'a' }}{{ 1 }}", "a1"),
    "names": ("{% set a = 1 %}{{ a }}", "{% set a = 1 %}1"),
    "a branch never taken": ("a{% if false %}b{% endif %}c", "ac"),
    "a branch always taken": (
        "{% if x %}a{% elif true %}b{% endif %}",
        "{% if x %}a{% else %}b{% endif %}",
    ),
    "white space that a tag ate": ("a  {%- if x %}b{% endif %}", "a{% if x %}b{% endif %}"),
    "spaces in a tag": ("{{x}}{%if x%}a{%endif%}", "{{ x }}{% if x %}a{% endif %}"),
}
UNEQUAL: dict[str, tuple[str, str]] = {
    "text": ("a b", "a  b"),
    "a hole": ("{{ x }}", "{{ y }}"),
    "two holes": ("{{ x }}{{ y }}", "{{ y }}{{ x }}"),
    "a condition": ("{% if x %}a{% endif %}", "{% if y %}a{% endif %}"),
    "a loop": ("{% for i in x %}a{% endfor %}", "{% for i in y %}a{% endfor %}"),
    "where a loop ends": ("{% for i in x %}a{% endfor %}b", "{% for i in x %}ab{% endfor %}"),
    "a branch moved": ("{% if x %}a{% endif %}b", "b{% if x %}a{% endif %}"),
    "text to translate": (
        "{% set a = 1 %}{% trans %}{{ a }}{% endtrans %}",
        "{% set a = 1 %}{% trans %}1{% endtrans %}",
    ),
    "raw text": ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    "what trim_blocks eats": ("{# n #}\na", "\na"),
    "what lstrip_blocks eats": ("  {# n #}a", "  a"),
}


def _same(one: str, two: str, syntax: Syntax = STATED, **given: Any) -> bool:
    before, after = (parse(Source(text), syntax) for text in (one, two))
    load = {name: Source(text, name) for name, text in given.pop("files", {}).items()}.get
    return same(before, after, given, load)


@pytest.mark.parametrize("name", EQUAL)
def test_forms_are_equal(name: str) -> None:
    assert _same(*EQUAL[name])


@pytest.mark.parametrize("name", UNEQUAL)
def test_forms_are_not_equal(name: str) -> None:
    assert not _same(*UNEQUAL[name], syntax=Syntax())


def test_line_statements_are_told_apart() -> None:
    syntax = Syntax(line_statement_prefix="#", stated=True)
    assert not _same("# if a\nx\n# endif\n", "# if b\nx\n# endif\n", syntax)


def test_front_matter_is_kept() -> None:
    syntax = Syntax(front_matter=True, stated=True)
    assert not _same("---\na: 1\n---\nx", "x", syntax)


def test_bindings_hold_on_both_sides() -> None:
    assert _same("{% if plan == 'pro' %}a{% endif %}", "a", plan="pro")
    assert not _same("{% if plan == 'pro' %}a{% endif %}", "a", plan="team")


FILES = {
    "p": "{{ a }}!\n",
    "row": "{{ loop.index }}",
    "base": "<{% block b %}old{% endblock %}>",
    "twice": "{% include 'twice' %}{% include 'twice' %}",
    "chain": "{% include './p' %}",
}
BROUGHT_IN: dict[str, tuple[str, str, bool]] = {
    "an include": ("{% include 'p' %}", "{{ a }}!", True),
    "the names it sees": ("{% set a = 1 %}{% include 'p' %}", "{% set a = 1 %}1!", True),
    "without context": ("{% include 'p' without context %}", "{{ a }}!", False),
    "a parent": (
        "{% extends 'base' %}{% block b %}new{% endblock %}",
        "<{% block b %}new{% endblock %}>",
        True,
    ),
    "the loop around": (
        "{% for i in s %}{% include 'row' %}{% endfor %}",
        "{% for i in s %}{{ loop.index }}{% endfor %}",
        False,
    ),
    "a name beside the file": ("{% include 'chain' %}", "{{ a }}!", False),
    "a file that shows itself": ("{% include 'twice' %}", "{% include 'twice' %}", True),
}


@pytest.mark.parametrize("name", BROUGHT_IN)
def test_files_are_brought_in(name: str) -> None:
    one, two, expected = BROUGHT_IN[name]
    assert _same(one, two, files=FILES) == expected


@settings(max_examples=60, deadline=None)
@given(TEMPLATES, SYNTAXES, st.data())
def test_what_is_the_same_renders_the_same(text: str, syntax: Syntax, data: st.DataObject) -> None:
    """Some run of leaves out, or a text in its place: equal forms are equal renderings."""
    leaves = [leaf.text for leaf in parsed.leaves] if (parsed := _parsed(text, syntax)) else []
    first = data.draw(st.integers(0, len(leaves)))
    last = data.draw(st.integers(first, min(first + 3, len(leaves))))
    for middle in ("", "lit", "1", "{# n #}"):
        _check(text, "".join([*leaves[:first], middle, *leaves[last:]]), syntax)


@settings(max_examples=60, deadline=None)
@given(TEMPLATES, SYNTAXES, st.data())
def test_what_the_passes_make_renders_the_same(
    text: str, syntax: Syntax, data: st.DataObject
) -> None:
    """Any of the edits that work something out, by themselves: equal forms, equal renderings."""
    parsed = _parsed(text, syntax)
    if parsed is not None:
        every = [edit for each in SHAPES for edit in each.run(parsed, CONTEXT)]
        for edit in data.draw(st.permutations(every))[:2]:
            patches = sorted(edit.patches)
            spans = [patch.span for patch in patches]
            starts, stops = [0, *(s.stop for s in spans)], [*(s.start for s in spans), len(text)]
            kept = [text[i:j] for i, j in zip(starts, stops, strict=True)]
            new = [*(patch.text for patch in patches), ""]
            _check(text, "".join(a + b for a, b in zip(kept, new, strict=True)), syntax)


MENTIONS = [
    ("{% if false %}{{ x }}{% endif %}{% for i in s %}{{ x }}{% endfor %}{% set x = 1 %}", 0, 3),
    ("{{ 'a' if true else x }}{% for i in s %}{{ x }}{% endfor %}{% set x = 1 %}", 0, 1),
]


@pytest.mark.parametrize(("text", "first", "last"), MENTIONS)
def test_a_mention_decides_where_a_name_is_looked_up(text: str, first: int, last: int) -> None:
    leaves = [leaf.text for leaf in parse(Source(text), STATED).leaves]
    after = "".join(["a" * (last == 1), *leaves[last:]])
    assert not agree(renderings(text, STATED), renderings(after, STATED))
    assert not _same(text, after)


def _check(text: str, changed: str, syntax: Syntax) -> None:
    before, after = _parsed(text, syntax), _parsed(changed, syntax)
    if text == changed or before is None or after is None:
        return
    if same(before, after, {}, lambda name: None):
        assert agree(renderings(text, syntax), renderings(changed, syntax)), changed


def _parsed(text: str, syntax: Syntax) -> Template | None:
    try:
        return parse(Source(text), syntax)
    except TemplateError:
        return None


@settings(max_examples=60, deadline=None)
@given(TEMPLATES, SYNTAXES, st.sampled_from(CONTEXTS[1:]))
def test_bound_names_print_what_they_are_bound_to(
    text: str, syntax: Syntax, bindings: Mapping[str, Any]
) -> None:
    """A template equals one whose literal text is the rendering only if it always renders so."""
    template = _parsed(text, syntax)
    plain = renderings(text, syntax, [bindings])
    if template is None or plain[0] is None or "{" in plain[0]:
        return
    known = {name: each for name, each in bindings.items() if not isinstance(each, list)}
    after = _parsed(plain[0], syntax)
    if after is not None and same(template, after, known, lambda name: None):
        again = [{**context, **known} for context in CONTEXTS]
        assert agree(renderings(text, syntax, again), renderings(plain[0], syntax, again))
