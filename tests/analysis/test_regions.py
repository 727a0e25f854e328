"""Regions: worked examples in fixture files, properties, and a slow oracle for fences."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.kinds import OPEN
from promptc.analysis.lines import lines
from promptc.analysis.mask import masked
from promptc.analysis.regions import Kind, Region, Spans, protected, regions
from promptc.errors import TemplateError
from promptc.ir import Template, Text
from promptc.parse import parse
from promptc.source import Source, Span
from promptc.syntax import Syntax

FIXTURES = Path(__file__).parents[1] / "fixtures" / "regions"


class Case(NamedTuple):
    """A template, the kinds in it that are not open, and its protected characters.

    In *shown* a character that is not protected is ``·``, and a line end that is not is ``¬``. In
    a file ``␣`` is a space at the end of a line, ``⇥`` a tab.
    """

    name: str
    text: str
    kinds: frozenset[str]
    shown: str


def read(path: Path) -> list[Case]:
    found = []
    for part in re.split(r"^=== ", path.read_text(), flags=re.MULTILINE)[1:]:
        name, _, rest = part.partition("\n")
        text, _, expected = rest.partition("\n--- ")
        kinds, _, shown = expected.partition("\n")
        text, shown = (each.replace("␣", " ").replace("⇥", "\t") for each in (text, shown))
        names = frozenset(filter(None, kinds.split(", ")))
        found.append(Case(f"{path.stem}: {name}", text, names, shown.removesuffix("\n")))
    return found


CASES = [case for path in sorted(FIXTURES.glob("*.txt")) for case in read(path)]


def template(text: str, syntax: Syntax | None = None) -> Template:
    return parse(Source(text), syntax or Syntax(keep_trailing_newline=True))


def show(tree: Template) -> str:
    """The text of *tree* as fixtures show it."""
    safe = [False] * len(tree.text)
    for start, stop in protected(tree):
        safe[start:stop] = [True] * (stop - start)
    shown = (
        char if kept else "¬\n" if char == "\n" else "·"
        for char, kept in zip(tree.text, safe, strict=True)
    )
    return "".join(shown)


def kinds(tree: Template) -> set[Kind]:
    return {region.kind for region in regions(tree)} - OPEN


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_protected_text_is_what_the_fixture_shows(case: Case) -> None:
    tree = template(case.text)
    assert show(tree) == case.shown
    assert kinds(tree) == case.kinds


def test_every_kind_but_the_open_ones_has_a_fixture() -> None:
    assert {name for case in CASES for name in case.kinds} == set(Kind) - OPEN


def test_open_kinds_are_told_apart() -> None:
    tree = template("# Head\n\nSome text.\n\n- one\n- two\n")
    assert [(region.kind, tree.text[slice(*region.span)]) for region in regions(tree)] == [
        (Kind.HEADING, "# Head"),
        (Kind.PROSE, "Some text."),
        (Kind.LIST, "- one\n- two"),
    ]


def test_an_outer_region_comes_before_the_one_it_holds() -> None:
    tree = template('```json\n{"a": "https://x.org/b"}\n```')
    assert [region.kind for region in regions(tree)] == [Kind.FENCE, Kind.JSON, Kind.URL]


def test_front_matter_of_the_loader_is_protected_as_a_leaf() -> None:
    tree = template("---\na:  1\n---\nx  y", Syntax(front_matter=True))
    assert show(tree) == "---\na:  1\n---\n····"


def test_format_strings_have_regions_too() -> None:
    tree = template('Say  {name}.\n{{"a":  {value}}}\n', Syntax(engine="format"))
    assert show(tree) == '·····{name}·¬\n{{"a":  {value}}}¬\n'


def test_analysis_is_kept_for_a_template() -> None:
    tree = template("a  b")
    assert regions(tree) is regions(tree)
    assert protected(tree) is protected(tree)


PIECES = st.sampled_from(
    [
        *("```\n", "```py\n", "~~~\n", "````\n", "`", "``", "\n", "\n\n", " ", "    ", "\t", "|"),
        *("|--|", "- a\n", "1. b\n", "# H\n", "Q: x\n", "A: y\n", "text ", "two  words.", "[", "]"),
        *("key: v\n", "key:\n", "  sub: w\n", "{", "}", '{"a": [1, {{ v }}]}', "<pre>", "</pre>"),
        *("<!--", "-->", "<example>", "</example>", "<a b='c'>", "https://x.org/{{ p }}", "---\n"),
        *("def f(x):\n", "    return x\n", "===\n", "###\n", "Example 1\n", "├── x\n", "é", "名: "),
        *(
            "{{ v }}",
            "{{ m() }}",
            "{# c #}",
            "\ue000",
            "\ue001",
            "user:\n",
            "<|im_start|>",
            "[INST]",
        ),
        *("{% if a %}", "{% else %}", "{% endif %}", "{%- for x in y -%}", "{% endfor %}\n"),
        *("{% set s %}", "{% endset %}", "{% macro m() %}", "{% endmacro %}"),
        *("{% raw %}{{{% endraw %}", "{# promptc: off #}", "{# promptc: on #}"),
    ]
)


def parsed(text: str) -> Template:
    """*text* as a Jinja template, or as plain text where Jinja would reject it."""
    try:
        return template(text)
    except TemplateError:
        try:
            return template(text, Syntax(engine="format"))
        except TemplateError:
            return template(text.replace("promptc", "note"), Syntax(engine="plain"))


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_regions_lie_in_the_text_in_order(text: str) -> None:
    tree = parsed(text.replace("\r", ""))
    found = regions(tree)
    assert all(0 <= start < stop <= len(tree.text) for _, (start, stop) in found)
    assert list(found) == sorted(found, key=lambda each: (each.span.start, -each.span.stop))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_protected_covers_code_and_locks_and_every_closed_region(text: str) -> None:
    tree = parsed(text)
    spans = list(protected(tree))
    closed = [region.span for region in regions(tree) if region.kind not in OPEN]
    leaves = [leaf for leaf in tree.leaves if leaf.locked or not isinstance(leaf, Text)]
    for span in [*closed, *(leaf.span for leaf in leaves)]:
        assert any(each.covers(span) for each in spans)
    assert all(one.stop <= two.start for one, two in pairwise(spans))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_lines_are_the_text_without_its_tags(text: str) -> None:
    tree = parsed(text)
    for line in lines(tree):
        part = masked(tree)[line.start : line.stop]
        assert part.replace("\ue001", "") == line.text
        assert line.content == line.text.strip()


FENCE_LINES = st.lists(
    st.sampled_from(
        [
            "```",
            "````",
            "~~~",
            "~~~~ py",
            "```py",
            "``` a`b",
            "  ```",
            "~~~ a`b",
            "`",
            "x",
            "",
            "``` ",
        ]
    ),
    max_size=12,
)


@given(FENCE_LINES)
def test_fences_are_those_of_a_slow_reader(rows: list[str]) -> None:
    text = "\n".join(rows)
    found = [region.span for region in regions(template(text)) if region.kind is Kind.FENCE]
    inside = set().union(*(range(*span) for span in found))
    assert [start in inside for start, row in starts(rows) if row] == [
        each for each, row in zip(slow_fences(rows), rows, strict=True) if row
    ]


def starts(rows: list[str]) -> list[tuple[int, str]]:
    return [(sum(len(row) + 1 for row in rows[:i]), row) for i, row in enumerate(rows)]


def slow_fences(rows: list[str]) -> list[bool]:
    """Whether each line is in a fenced block, from its first line on, as CommonMark words it."""
    inside = [False] * len(rows)
    for i in range(len(rows)):
        opening = rows[i].strip()
        length = len(opening) - len(opening.lstrip(opening[:1]))
        if inside[i] or opening[:1] not in ("`", "~") or length < 3:
            continue
        if opening[0] == "`" and "`" in opening[length:]:
            continue
        ends = [
            j
            for j in range(i + 1, len(rows))
            if set(rows[j].strip()) == {opening[0]} and len(rows[j].strip()) >= length
        ]
        stop = ends[0] if ends else len(rows) - 1
        inside[i : stop + 1] = [True] * (stop + 1 - i)
    return inside


@given(FENCE_LINES)
def test_tag_lines_around_text_change_no_fence(rows: list[str]) -> None:
    plain = "\n".join(rows)
    tagged = "{% if a %}\n" + plain + "\n{% endif %}"
    offset = tagged.index("\n") + 1
    bare, held = (
        {char for span in fence_spans(text) for char in range(*span)} for text in (plain, tagged)
    )
    if any(plain[char] != "\n" for char in bare):
        assert {char + offset for char in bare} <= held


def fence_spans(text: str) -> list[Span]:
    return [region.span for region in regions(template(text)) if region.kind is Kind.FENCE]


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6)).map(lambda at: Span(at[0], at[0] + at[1]))
)


@given(SPANS, st.integers(0, 36), st.integers(0, 5))
def test_spans_overlap_as_sets_of_characters_do(spans: list[Span], start: int, size: int) -> None:
    query = Span(start, start + size)
    characters = {char for span in spans for char in range(*span)}
    kept = Spans(spans)
    assert {char for span in kept for char in range(*span)} == characters
    assert all(one.stop <= two.start for one, two in pairwise(kept))
    if size:
        assert kept.overlaps(query) == bool(characters & set(range(*query)))
    else:
        assert kept.overlaps(query) == any(span.start < start < span.stop for span in kept)


def test_regions_are_named_tuples_of_kind_and_span() -> None:
    tree = template("`a`")
    assert Region(Kind.CODE, Span(0, 3)) in regions(tree)
