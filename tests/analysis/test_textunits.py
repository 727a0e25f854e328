"""Cases in `fixtures/textunits/*.txt`: a text, then its units, one a line: what, section.block,
the text with its line ends shown as ``⏎``."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from promptc.analysis.textatoms import LONGEST, atoms
from promptc.analysis.textunits import Unit, UnitKind, textunits

FIXTURES = Path(__file__).parent.parent / "fixtures" / "textunits"
CASE = re.compile(r"^=== (.*)\n((?:.*\n)*?)--- units\n((?:(?!=== ).*\n?)*)", re.MULTILINE)
CASES = [
    pytest.param(*match.group(2, 3), id=f"{path.stem}: {match[1]}")
    for path in sorted(FIXTURES.glob("*.txt"))
    for match in CASE.finditer(path.read_text(encoding="utf-8"))
]


def shown(text: str) -> list[str]:
    return [
        f"{unit.kind} {unit.section}.{unit.block} {text[slice(*unit.span)]}".replace("\n", "⏎")
        for unit in textunits(text)
    ]


def cut(text: str) -> list[str]:
    return [text[slice(*unit.span)].strip() for unit in textunits(text)]


@pytest.mark.parametrize(("text", "units"), CASES)
def test_units(text: str, units: str) -> None:
    assert shown(text) == [line for line in units.split("\n") if line]


def test_there_are_cases_of_every_kind() -> None:
    kinds = {line.split()[0] for case in CASES for line in str(case.values[1]).splitlines() if line}
    assert kinds == {kind.value for kind in UnitKind} - {"blank"}


@pytest.mark.parametrize(
    "text",
    [
        "It was 1.5 kg.| It was 3,000.00 at 10:30.| Use v1.2.3 now.",
        "Dr. Smith and J. R. R. Tolkien, e.g. at 5 p.m. Friday.| Go.",
        "It is in the U.S. Senate.| It left the U.S.| The end.",
        "See No. 5 and Fig. 3.| The answer is no.| Then stop.",
        "It opened (Jan. 5) on\x1bJan. 5, 2020.| On Sept. 3 it shut.",
        "Acme Inc. of Ohio won.| They sued Acme Inc.| He left.",
        "Plan A.| A was best.",
        "It took 4.2 s.| A second run took 3 s.| Done.",
        "Read https://a.example/b?c=d.| Then foo.py or /a/b.c.| Write a.b@c.de.",
        '"Stop. Now."| He said so.',
        '"Stop!"| He said so.| "Why?" she asked.',
        "He came (late. Very late) and left.| (It rained.)| It stopped.",
        "Run `a. B c.` first.| Fill {{ a. B }} in.",
        "Wait...| What?!| Yes! so it goes on",
        "It holds.[12]| It is cited.[1][2]| Good.",
        "He won . ''| She lost . )| They drew .",
        "你好！|他说：“好。”|走了。|价格是3.5元。",
        "مرحبا؟| نعم.| यह है।| वह था।",
        "Im 16. Jahrhundert begann es.| Es war 1517.| Dann kam z. B. der Krieg.",
        "Was it?| I don't know!| ¿Y tú?| Bien.",
        "They went out and asked the tall and rather old Mr.\nSmith about it.| He said\nno.",
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str) -> None:
    assert cut(text.replace("|", "")) == [part.strip() for part in text.split("|")]


SIMPLE = st.sampled_from(
    ["The mill burned in 1904.", "Why did it burn?", "Nobody knew!", "It cost 3.50 and more."]
    + ["Ann (a baker) saw it.", "They rebuilt it by hand, stone by stone."]
)


@given(st.lists(SIMPLE, min_size=1, max_size=8))
def test_plain_sentences_are_those_of_spacy(parts: list[str]) -> None:
    text = " ".join(parts)
    assert cut(text) == [sentence.text for sentence in _spacy()(text).sents]


@lru_cache(maxsize=1)
def _spacy() -> Language:
    parser = spacy.blank("en")
    parser.add_pipe("sentencizer")
    return parser


def test_a_sentence_that_is_too_long_is_cut_at_its_clauses() -> None:
    text = "The board met in the hall of the town; " * 30
    assert {part[-1] for part in cut(text)} == {";"}
    assert all(100 < unit.span.stop - unit.span.start <= 600 for unit in textunits(text))


def test_text_without_any_mark_is_cut_between_words() -> None:
    text = "word " * 1000
    parts = cut(text)
    assert len(parts) > 5
    assert set(" ".join(parts).split()) == {"word"}


def test_text_without_spaces_is_cut_between_graphemes() -> None:
    flag = "\N{REGIONAL INDICATOR SYMBOL LETTER P}\N{REGIONAL INDICATOR SYMBOL LETTER L}"
    text = "e\N{COMBINING ACUTE ACCENT}" * 1501 + flag * 3
    parts = cut(text)
    assert len(parts) > 3
    assert all(part[0] == "e" for part in parts)
    assert cut("x" * 1999) == ["x" * 1999]


def test_json_of_any_depth_and_number_is_read_or_left() -> None:
    assert len(textunits("[" * 100_000)) > 0
    text = json.dumps({"a": "1" * 10_000, "b": [{"c": "x" * 90}] * 9})
    assert sum(unit.kind is UnitKind.RECORD for unit in textunits(text)) == 10
    assert len(textunits(f'[{"9" * 5000}, "a"]')) > 0


def test_a_huge_line_and_many_broken_openings_are_read() -> None:
    for text in ("a, b and c " * 100_000, "[\n" * 20_000, '{"a": \n' * 20_000, "(" * 100_000):
        assert "".join(text[slice(*unit.span)] for unit in textunits(text)) == text


PIECES = st.sampled_from(
    ["Be kind. ", "ask\n", "Stop!\n", "\n\n", "- ", "1. ", "## ", "> ", "{{ x }}", "Bob: ", "A: "]
    + ["`a. B`", "**", '"', "(", ") ", "```\n", "| a | b |\n", "|--|\n", "<t>", "</t>\n", " "]
    + ['{"a": 1}\n', "[1, 2]\n", '["a",\n', "]", "U.S. ", "3 km ", "not ", "don't ", "at most 3 "]
    + ["2020-01-01 10:00:00 x\n", "x = f(1);\n", "===\n", "---\n", "a,b,c\n", "\t", "\r\n", "。"]
    + ["Jan. ", "5, 2020 ", "“", "”", "'", "e\u0301", "👩‍👩‍👧", "word " * 40, "x" * 700, "字" * 250]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=20).map("".join))


@given(TEXTS)
def test_units_tile_the_text(text: str) -> None:
    units = textunits(text)
    assert "".join(text[slice(*unit.span)] for unit in units) == text
    assert all(unit.span.start < unit.span.stop for unit in units)
    at = 0
    for unit in units:
        assert unit.span.start == at
        at = unit.span.stop


@given(TEXTS)
def test_sections_are_headings_above_and_blocks_count_up(text: str) -> None:
    units = textunits(text)
    before: Unit | None = None
    for index, unit in enumerate(units):
        assert -1 <= unit.section < index or unit.section == -1
        assert unit.section < 0 or units[unit.section].kind is UnitKind.HEADING
        assert before is None or unit.block in (before.block, before.block + 1)
        before = unit


@given(TEXTS)
def test_no_cut_is_inside_an_atom(text: str) -> None:
    starts = {unit.span.start for unit in textunits(text)}
    for start, stop in atoms(text):
        if "\n" not in text[start:stop]:
            assert not starts & set(range(start + 1, stop))


@given(TEXTS)
def test_atoms_are_apart_and_in_order(text: str) -> None:
    at = 0
    for start, stop in atoms(text):
        assert at <= start < stop <= start + LONGEST
        at = stop
