from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.structure import Shift, changed_code, gaps, misread, trespass
from promptc.errors import TemplateError
from promptc.ir import Edit, Leaf, Output, Patch, Tag, Template, Text
from promptc.parse import parse
from promptc.rewrite import ordered, rewrite
from promptc.source import Source, Span
from promptc.syntax import Syntax
from tests.grammar import TEMPLATES


def _template(text: str, syntax: Syntax | None = None) -> Template:
    return parse(Source(text), syntax)


def test_gaps_are_the_text_between_code() -> None:
    template = _template("a{{ b }}{% if c %}d{# e #}f{% endif %}")
    assert [gap.text for gap in gaps(template)] == ["a", "", "d", "f", ""]
    first, *_, last = gaps(template)
    assert first.left is None and last.right is None
    assert isinstance(first.right, Output) and isinstance(last.left, Tag)


@given(TEMPLATES)
def test_gaps_and_code_make_the_template(text: str) -> None:
    try:
        template = _template(text)
    except TemplateError:
        return
    shown = "".join(gap.text + (gap.right.text if gap.right else "") for gap in gaps(template))
    assert shown == template.text


CODE = [
    ("a {{ b }}", "a  {{ b }}", None),
    ("a {{ b }}", "a {{ c }}", "turns '{{ b }}' into '{{ c }}'"),
    ("{{ b }}{{ c }}", "{{ b }}", "loses '{{ c }}'"),
    ("{{ b }}", "{{ b }}{# n #}", "makes '{# n #}'"),
    ("{{ b }}", "{#{ b }}#}", "turns '{{ b }}' into '{#{ b }}#}'"),
]


@pytest.mark.parametrize(("one", "two", "why"), CODE)
def test_changed_code_is_named(one: str, two: str, why: str | None) -> None:
    assert changed_code(_template(one), _template(two)) == why


TRESPASSES: list[tuple[str, str, frozenset[type[Leaf]], str | None]] = [
    ("a  b", "  ", frozenset(), None),
    ("a {{ b }}", "{{ b }}", frozenset(), "edits template code: '{{ b }}'"),
    ("a {{ b }}", "a {", frozenset(), "edits template code: 'a {'"),
    ("a {{ b }}", "{{ b }}", frozenset({Output}), None),
    ("a {% if b %}{% endif %}", "{% if b %}", frozenset({Output}), "edits template code: "),
    ("{# promptc: off #}a{# promptc: on #}", "a", frozenset(), "edits locked text: 'a'"),
]


@pytest.mark.parametrize(("text", "old", "kinds", "why"), TRESPASSES)
def test_trespasses_are_named(
    text: str, old: str, kinds: frozenset[type[Leaf]], why: str | None
) -> None:
    start = text.rindex(old)
    edit = Edit((Patch(Span(start, start + len(old)), ""),))
    found = trespass(_template(text), [edit], kinds)
    assert found == why if why is None else (found or "").startswith(why)


def _patches(text: str, *swaps: tuple[str, str]) -> list[Patch]:
    """Each first *old* in *text* becomes *new*."""
    found = [(text.index(old), old, new) for old, new in swaps]
    return sorted(Patch(Span(at, at + len(old)), new) for at, old, new in found)


MISREADINGS = {
    "a hole folded": ("a {{ b }} c", [("{{ b }}", "x")], "", False),
    "a hole changed within": ("a {{ b | c }} d", [(" | c", "")], "", False),
    "a tag made anew": (
        "{% if a %}b{% endif %}",
        [("{% if a %}", "{# #}"), ("{% endif %}", "")],
        "",
        False,
    ),
    "white space of a tag moved": (
        "a\n {%- if b %}{% endif %}",
        [(" {%- if b", "{%- if b")],
        "",
        False,
    ),
    "text that makes a comment": ("a /{{ b }} c", [("{{ b }}", "/ x")], "//", True),
    "text that ends a comment late": ("a // b\n{{ c }}", [("\n", " ")], "//", True),
    "text that makes a hole": ("a {b} {{ c }}", [("{b}", "{{ b }}")], "", False),
    "text beside text that makes a hole": ("{a} b", [("{", "{{"), (" ", "} ")], "", True),
}


@pytest.mark.parametrize("name", MISREADINGS)
def test_what_is_read_differently_is_told(name: str) -> None:
    text, swaps, prefix, expected = MISREADINGS[name]
    before = _template(text, Syntax(line_comment_prefix=prefix or None))
    patches = _patches(text, *swaps)
    after = rewrite(before, [Edit(tuple(patches))])
    assert misread(before, after, patches) == expected


@st.composite
def patched(draw: st.DrawFn) -> tuple[str, list[Patch]]:
    """A text without braces, and patches on it that don't overlap."""
    text = draw(st.text("ab \n", max_size=20))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    return text, [Patch(span, draw(st.text("xyz", max_size=3))) for span in spans]


@given(patched())
def test_what_no_patch_touches_is_found_again(case: tuple[str, list[Patch]]) -> None:
    text, patches = case
    after = rewrite(_template(text, Syntax(engine="plain")), [Edit(tuple(patches))]).text
    shift = Shift(patches)
    for offset, char in enumerate(text):
        span = Span(offset, offset + 1)
        if not any(patch.span.overlaps(span) for patch in patches):
            assert after[shift.start(offset) : shift.stop(offset + 1)] == char
    written = [after[slice(*span)] for span in shift.written()]
    assert written == [patch.text for patch in patches]


@given(TEMPLATES, st.data())
def test_edits_of_plain_words_are_never_misread(text: str, data: st.DataObject) -> None:
    try:
        before = _template(text)
    except TemplateError:
        return
    words = [leaf.span for leaf in before.leaves if isinstance(leaf, Text) and leaf.text == "word"]
    edits = [Edit((Patch(span, "other"),)) for span in words if data.draw(st.booleans())]
    assert not misread(before, rewrite(before, edits), ordered(edits))
