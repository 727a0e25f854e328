"""SPACING lets through what changes no rendering's words, lines or indents, and nothing else."""

from __future__ import annotations

import difflib
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.errors import TemplateError
from promptc.ir import Edit, Patch, Template
from promptc.parse import parse
from promptc.proofs.spacing import violation
from promptc.rewrite import rewrite
from promptc.source import Source, Span
from promptc.syntax import Syntax
from tests.grammar import SYNTAXES, TEMPLATES, lines, renderings

TRIMMED = Syntax(trim_blocks=True, lstrip_blocks=True, stated=True)

PROVED: dict[str, tuple[str, str]] = {
    "spaces between words": ("a  b", "a b"),
    "spaces before a hole": ("a   {{ b }}", "a {{ b }}"),
    "a line's end": ("a  \nb", "a\nb"),
    "a hole's line end": ("{{ a }}  \nb", "{{ a }}\nb"),
    "blank lines": ("a\n\n\n\nb", "a\n\nb"),
    "a blank line between words": ("a\n\nb", "a\nb"),
    "blank lines before a tag": ("a\n\n\n{% if b %}c{% endif %}", "a\n\n{% if b %}c{% endif %}"),
    "blank lines that hold spaces": ("a\n \n \nb", "a\n\nb"),
}
REFUSED: dict[str, tuple[str, str, str]] = {
    "a word": ("a b", "a c", "changes the words"),
    "a word's end": ("ab", "a b", "changes the words"),
    "a space before a hole": ("a {{ b }}", "a{{ b }}", "turns space into no space"),
    "a space after a hole": ("{{ b }} a", "{{ b }}a", "turns space into no space"),
    "an indent after a hole": ("{{ b }}  a", "{{ b }} a", "changes an indent"),
    "an indent after a tag": ("{% if b %}  a{% endif %}", "{% if b %} a{% endif %}", "an indent"),
    "an indent": ("a\n  b", "a\n b", "changes an indent"),
    "the first line's indent": ("  a", " a", "changes an indent"),
    "an indent before a hole": ("a\n  {{ b }}", "a\n {{ b }}", "changes an indent"),
    "spaces between two holes": ("{{ a }}  {{ b }}", "{{ a }} {{ b }}", "changes an indent"),
    "a line": ("a\nb", "a b", "turns line into space"),
    "a new line": ("a b", "a\nb", "turns space into line"),
    "a new blank line": ("a\nb", "a\n\nb", "turns line into blank line"),
    "a blank line before a hole": ("a\n\n{{ b }}", "a\n{{ b }}", "turns blank line into line"),
    "a blank line after a hole": ("{{ a }}\n\nb", "{{ a }}\nb", "turns blank line into line"),
    "another blank of Unicode": ("a\u3000b", "a b", "changes the words"),
    "a line separator": ("a\u2028 b", "a b", "changes the words"),
    "a form feed": ("a \x0c b", "a b", "changes the words"),
    "code": ("run `a  b`", "run `a b`", "whose layout is its meaning"),
    "a quotation": ('say "a  b"', 'say "a b"', "whose layout is its meaning"),
    "locked text": (
        "{# promptc: off #}a  b{# promptc: on #}",
        "{# promptc: off #}a b{# promptc: on #}",
        "whose layout is its meaning",
    ),
    "the line end after a tag": (
        "{% if a %}\nb{% endif %}",
        "{% if a %} \nb{% endif %}",
        "after a tag",
    ),
    "what lstrip_blocks eats": (
        "a \n  {% if b %}c{% endif %}",
        "a\n {% if b %}c{% endif %}",
        "changes an indent",
    ),
}


def _template(text: str, syntax: Syntax | None = None) -> Template:
    return parse(Source(text, "case.j2"), syntax)


def _edits(one: str, two: str) -> list[Edit]:
    """What turns *one* into *two*."""
    codes = difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return [Edit((Patch(Span(a, b), two[c:d]),)) for kind, a, b, c, d in codes if kind != "equal"]


def _violation(one: str, two: str, syntax: Syntax | None = None) -> str | None:
    return violation(_template(one, syntax), _template(two, syntax), _edits(one, two))


@pytest.mark.parametrize("name", PROVED)
def test_equal_spacing_is_proved(name: str) -> None:
    assert _violation(*PROVED[name]) is None


@pytest.mark.parametrize("name", REFUSED)
def test_other_spacing_is_refused(name: str) -> None:
    one, two, why = REFUSED[name]
    assert why in (_violation(one, two) or "nothing")


def test_changed_code_is_refused() -> None:
    before, after = _template("a  {{ b }}"), _template("a {{ c }}")
    assert violation(before, after, []) == "turns '{{ b }}' into '{{ c }}'"


def test_what_trim_blocks_would_leave_is_held_where_nobody_says_whether_it_is_on() -> None:
    one, two = "{% if a %}\n\n\nb{% endif %}", "{% if a %}\n\nb{% endif %}"
    assert "trim_blocks" in (_violation(one, two) or "")
    assert _violation(one, two, Syntax(stated=True)) is None


def test_what_a_tag_eats_is_free_where_it_is_said_to_be_eaten() -> None:
    template = _template("a\n\n\n\n{% if b %}\nc\n{% endif %}", TRIMMED)
    edits = [Edit((Patch(Span(1, 5), "\n\n"),))]
    assert violation(template, rewrite(template, edits), edits) is None


Lines: TypeAlias = list[tuple[bool, str, list[str]]] | None
RUNS = ["", " ", "  ", "\n", "\n\n", "\n\n\n", " \n", "\n  ", "\t", "    ", "\n \n", "\u3000"]


@settings(max_examples=150)
@given(TEMPLATES, SYNTAXES, st.data())
def test_no_mutation_that_is_let_through_changes_a_rendering(
    text: str, syntax: Syntax, data: st.DataObject
) -> None:
    """Any run of white space made another: proved means equal indents and words, line by line."""
    try:
        before = _template(text, syntax)
    except TemplateError:
        return
    runs = [Span(i, j) for i, j in _runs(before.text)]
    if not runs:
        return
    spans = data.draw(st.lists(st.sampled_from(runs), min_size=1, max_size=2, unique=True))
    edits = [Edit((Patch(span, data.draw(st.sampled_from(RUNS))),)) for span in spans]
    try:
        after = rewrite(before, edits)
    except TemplateError:
        return
    if violation(before, after, edits) is None:
        old, new = (renderings(each.text, syntax) for each in (before, after))
        for one, two in zip(old, new, strict=True):
            assert _blanks_forgiven(lines(one), lines(two))


def _blanks_forgiven(old: Lines, new: Lines) -> bool:
    """Whether the lines are equal, but for blank ones between them that are no more."""
    if old is None or new is None:
        return old is new
    return [line[1:] for line in old] == [line[1:] for line in new] and all(
        was or not now for (was, *_), (now, *_) in zip(old, new, strict=True)
    )


def _runs(text: str) -> list[tuple[int, int]]:
    """Every run of white space, and some places without any."""
    found, at = [], 0
    while at < len(text):
        stop = at
        while stop < len(text) and text[stop] in " \t\n":
            stop += 1
        if stop > at or at % 7 == 0:
            found.append((at, stop))
        at = max(stop, at + 1)
    return found
