"""The text with its marks: nothing missing, nothing twice, each change with who made it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

from hypothesis import given, reject, settings
from hypothesis import strategies as st

import promptc
from promptc.errors import TemplateError
from promptc.report.page.marks import heaviest, marks, shortened, stretches
from promptc.report.page.views import Mark
from promptc.results import Compiled
from promptc.source import Mapping, Span
from tests.grammar import TEMPLATES
from tests.report.samples import compiled, static

GRUMBLE = (
    "Please note that   you answer in English.\n\n\n\n"
    '```json\n{\n  "a": 1\n}\n```\nIn order to help, be brief.   \n'
)


def numbered(file: Compiled) -> tuple[Mark, ...]:
    return marks(file, list(enumerate(file.drops, start=1)))


def before(found: tuple[Mark, ...]) -> str:
    return "".join(each.before for each in found)


def after(found: tuple[Mark, ...]) -> str:
    return "".join(each.before if each.kind == "kept" else each.after for each in found)


@settings(max_examples=40)
@given(TEMPLATES)
def test_marks_hold_all_of_the_source_and_all_of_the_result(text: str) -> None:
    try:
        file = promptc.compile(text)
    except TemplateError:
        reject()
    found = numbered(file)
    assert before(found) == file.source
    assert after(found) == file.text


def test_every_mark_names_a_change_that_touches_it() -> None:
    file = promptc.compile(GRUMBLE)
    found = [each for each in numbered(file) if each.kind != "kept"]
    assert len(found) >= 5
    assert all(each.changes for each in found)
    told = {number for each in found for number in each.changes}
    assert told == set(range(1, len(file.drops) + 1))


def test_a_mark_ends_between_words() -> None:
    file = promptc.compile(
        "Please make sure that you read the whole text, due to the fact that it helps."
    )
    texts = [(each.before, each.after) for each in numbered(file) if each.kind == "changed"]
    assert texts == [
        ("Please make sure that you read", "Read"),
        ("due to the fact that", "because"),
    ]


def moved(*parts: tuple[int, int]) -> Compiled:
    """A template of which the *parts* were put one behind the other."""
    source = "abcdefghij"
    text = "".join(source[start:stop] for start, stop in parts)
    origins, at = [], 0
    for start, stop in parts:
        end = at + stop - start
        origins.append(Mapping(Span(at, end), Span(start, stop), True, "m.j2"))
        at = end
    file = compiled("m.j2", static(10, 10))
    return replace(file, source=source, text=text, origins=tuple(origins), drops=())


def test_of_text_that_moved_the_smaller_part_counts_as_moved() -> None:
    found = numbered(moved((7, 10), (0, 7)))
    assert found == (
        Mark("added", "", "hij"),
        Mark("kept", "abcdefg"),
        Mark("dropped", "hij"),
    )


cuts = st.lists(st.integers(0, 10), min_size=2, max_size=6, unique=True).map(sorted)


@given(cuts.flatmap(lambda ends: st.permutations(list(pairwise(ends)))))
def test_however_text_moved_nothing_is_missing(parts: list[tuple[int, int]]) -> None:
    file = moved(*parts)
    assert before(numbered(file)) == file.source
    assert after(numbered(file)) == file.text
    assert "".join(each.after for each in stretches(file)) == file.text


spans = st.tuples(st.integers(0, 12), st.integers(0, 5)).map(lambda p: Span(p[0], p[0] + p[1]))


@given(st.lists(spans, max_size=7))
def test_heaviest_finds_what_trying_all_finds(found: list[Span]) -> None:
    def ordered(chosen: tuple[int, ...]) -> bool:
        return all(found[one].stop <= found[two].start for one, two in pairwise(chosen))

    def weight(chosen: tuple[int, ...] | list[int]) -> int:
        return sum(found[at].stop - found[at].start for at in chosen)

    every = (c for size in range(len(found) + 1) for c in combinations(range(len(found)), size))
    best = heaviest(found)
    assert ordered(tuple(best))
    assert weight(best) == max(weight(chosen) for chosen in every if ordered(chosen))


def test_a_map_without_entries_is_one_change() -> None:
    file = compiled("a.j2", static(10, 9))
    assert [each.kind for each in numbered(file)] == ["changed"]


def test_long_stretches_lose_their_middle_and_say_how_much() -> None:
    short, long = Mark("kept", "a" * 1200), Mark("kept", "b" * 5000)
    assert shortened([short]) == (short,)
    head, left, tail = shortened([long])
    assert left == Mark("left", "4,400 characters as they were")
    assert head.before + tail.before == "b" * 600
    (gone,) = shortened([Mark("dropped", "c" * 3000)])
    assert gone.before == f"{'c' * 1200} … (1,800 characters more)"
