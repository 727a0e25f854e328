"""BM25 as bm25s has it, over words without their endings."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.retrieval import words

WORDS = ["ab", "cd", "ef", "gh", "ij", "kl"]
ROWS = st.lists(st.lists(st.sampled_from(WORDS), max_size=9), min_size=1)


@given(ROWS.filter(any), st.sets(st.sampled_from([*WORDS, "xy"]), min_size=1))
def test_scores_are_shares_of_those_of_bm25s(rows: list[list[str]], query: set[str]) -> None:
    index = bm25s.BM25(k1=words.K1, b=words.B, method="lucene")
    index.index(rows, show_progress=False)
    asked = [word for word in sorted(query) if word in index.vocab_dict]
    wanted = index.get_scores(asked) if asked else np.zeros(len(rows))
    built = words.build(rows)
    most = sum(built.weight(word) for word in query)
    with patch.object(words, "BACKGROUND", 0):
        found = built.search(" ".join(sorted(query)))
    np.testing.assert_allclose(found * most, wanted, rtol=1e-5, atol=1e-6)


@given(ROWS, st.lists(st.sampled_from([*WORDS, "xy"])))
def test_no_score_is_more_than_the_whole(rows: list[list[str]], query: list[str]) -> None:
    found = words.build(rows).search(" ".join(query))
    assert np.all((found >= 0) & (found < 1))


def test_a_word_that_is_asked_four_times_counts_twice() -> None:
    built = words.build([["xqa"], ["xqb"], ["xqc"]])
    found = built.search("xqa xqa xqa xqa xqb").tolist()
    assert found[0] == pytest.approx(2 * found[1])
    assert found[2] == 0


def test_a_word_is_the_rarer_the_fewer_have_it() -> None:
    built = words.build([["ab", "cd"], ["ab", "cd"], ["ab"], ["ab"]])
    with patch.object(words, "BACKGROUND", 0):
        rare, some, common, none = map(built.rarity("ab cd"), ("xy", "cd", "ab", "the"))
    assert rare == 1
    assert 1 > some > common == none > 0


def test_in_a_small_index_a_word_that_english_often_says_weighs_less() -> None:
    built = words.build([["first", "move"], ["train"], ["cup"], ["zebra"]])
    found = built.search("first zebra").tolist()
    assert found[3] > found[0] > 0
    rarity = built.rarity("the first zebra")
    assert rarity("zebra") > rarity("first")


def test_a_question_in_another_language_is_not_weighed_by_english() -> None:
    built = words.build([["die", "punkt"], ["verteidigung"], ["zahl"]])
    rarity = built.rarity("Wie viele Punkte gab die Verteidigung der Panthers ab?")
    assert rarity("die") == rarity("verteidigung")


def test_in_a_large_index_its_own_passages_decide() -> None:
    built = words.build([["first"], ["zebra"]] + [["cup"]] * 20_000)
    rarity = built.rarity("the first zebra")
    assert rarity("zebra") == pytest.approx(rarity("first"), abs=0.25)


@given(ROWS)
def test_an_index_of_words_reads_what_it_wrote(rows: list[list[str]]) -> None:
    built = words.build(rows)
    with tempfile.TemporaryDirectory() as home:
        for name, data in words.files(built).items():
            Path(home, name).write_bytes(data)
        read = words.read(Path(home), len(rows))
        assert read.vocabulary == built.vocabulary
        assert np.array_equal(read.search("ab cd"), built.search("ab cd"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The laptops were returned", ["laptop", "return"]),
        ("HTTPServer.run_target()", ["httpserver", "run", "target", "httpserver.run_target"]),
        ("version 2.11.3", ["version", "2", "11", "3", "2.11.3"]),
        ("解放军在北京", ["解放", "放军", "军在", "在北", "北京"]),
        ("Größe café", ["größe", "café"]),
        ("of the and", []),
    ],
)
def test_terms(text: str, wanted: list[str]) -> None:
    assert words.terms(text) == wanted


def test_nothing_is_found_in_nothing() -> None:
    assert words.build([]).search("laptop xqa").tolist() == []
    assert words.build([[], []]).search("laptop").tolist() == [0, 0]


def test_a_large_index_leaves_common_words_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    built = words.build([["ab", "cd"] if at == 7 else ["ab"] for at in range(40)])
    monkeypatch.setattr(words, "LARGE", 30)
    assert built.search("ab cd").nonzero()[0].tolist() == [7]
    assert (built.search("ab") > 0).all()
