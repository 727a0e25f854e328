"""What stays between units that were apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.selection.filling import fill
from promptc.selection.joining import Breaks, broken, joined, spans
from promptc.source import Span
from tests.compressing.samples import TEXTS
from tests.selection.pools import chosen, pooled, request

CASES = {
    "sentences keep one space": ("One. Two. Three.", (0, 2), "One. Three."),
    "paragraphs stay apart": ("One.\n\nTwo. Three.\n\nFour.", (0, 3), "One.\n\nFour."),
    "items start their line": ("- a one\n- b two\n- c three\n", (0, 2), "- a one\n- c three\n"),
    "a nested item keeps its indent": (
        "- a one\n  - b two\n  - c three\n", (0, 2), "- a one\n  - c three\n",
    ),
    "a heading stays above": ("# Costs\n\nOne. Two.\n", (0, 2), "# Costs\n\nTwo.\n"),
    "space at the ends stays": ("\n One. Two.\n", (0, 1, 2), "\n One. Two.\n"),
    "line ends stay as they are": ("- a\r\n- b\r\n- c\r\n", (0, 2), "- a\r\n- c\r\n"),
    "nothing is nothing": ("One. Two.", (), ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "numbers", "expected"), CASES.values(), ids=CASES)
def test_white_space_of_the_largest_break_stays(
    text: str, numbers: tuple[int, ...], expected: str
) -> None:
    units = pooled([text])
    (kept,) = spans(units, chosen(units, *numbers))
    assert joined(text, kept) == expected


FRAMED = {
    "table": ("| name | price |\n|---|---|\n| tea | 4 |\n| ink | 9 |\n| oil | 7 |\n", "| ink |",
              "| name | price |\n|---|---|\n| ink | 9 |"),
    "fence": ("```sh\nmake one of the others\nmake two\nmake all of the others\n```\n", "make two",
              "```sh\nmake two\n```\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "expected"), FRAMED.values(), ids=FRAMED)
def test_what_is_framed_keeps_its_frame(text: str, wanted: str, expected: str) -> None:
    asked = request(1000)
    units = pooled([text], asked)
    rated = [float(wanted in text[slice(*unit.span)]) for unit in units.units]
    (whole,) = spans(units, chosen(units, *range(len(units))))
    price = request(asked.tokenizer.count(expected) + 3)
    (kept,) = spans(units, fill(units, np.array(rated), price))
    assert (joined(text, whole), joined(text, kept)) == (text, expected)


@given(TEXTS, st.data())
def test_all_units_are_the_text_and_any_are_a_part_of_it(text: str, data: st.DataObject) -> None:
    units = pooled([text])
    every = range(len(units))
    numbers = data.draw(st.sets(st.sampled_from(every)) if every else st.just(set()))
    (kept,) = spans(units, chosen(units, *numbers))
    left = joined(text, kept)
    cores = [text[slice(*units.cores[at])] for at in sorted(numbers)]
    assert "".join(left.split()) == "".join("".join(cores).split())
    assert all(one.stop < two.start for one, two in pairwise(kept))


BROKEN = {
    "one space": ("a bb cc d", [(0, 1), (8, 9)], "a d"),
    "a line end": ("a bb\n  cc d", [(0, 1), (10, 11)], "a\n  d"),
    "a blank line before a line end": ("a\n\nb\nc d", [(0, 1), (7, 8)], "a\n\nd"),
    "no space at all": ("abcd", [(0, 1), (3, 4)], "ad"),
    "neighbors": ("abcd", [(0, 2), (2, 4)], "abcd"),
    "the end": ("a b\n", [(0, 1), (2, 3)], "a b\n"),
}


@pytest.mark.parametrize(("text", "pieces", "expected"), BROKEN.values(), ids=BROKEN)
def test_pieces_are_parted_by_the_largest_break(
    text: str, pieces: list[tuple[int, int]], expected: str
) -> None:
    assert joined(text, broken(Breaks(text), [Span(*each) for each in pieces])) == expected
