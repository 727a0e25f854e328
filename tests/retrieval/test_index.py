"""An index finds what answers a question, within its budget, and embeds only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from promptc.compressors.embedded import Shipped
from promptc.errors import IndexFileError
from promptc.passages import Document
from promptc.retrieval import Hit, Index, blocks, ranking
from promptc.source import Span
from promptc.tokens import get_tokenizer
from tests.retrieval.documents import HANDBOOK, RETURNS, SHIPPING, SMALL, TOKENIZER, built

INDEX = built()
LONG = Document(
    "long.md", "# Long\n\n" + " ".join(f"Box {at} holds the file of year {at}." for at in range(90))
)


class Letters:
    """An embedder that counts letters, and what it was asked."""

    name, dims = "letters", 26

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = np.array(
            [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts], np.float32
        ).reshape(-1, 26)
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True)).clip(min=1)
        return np.asarray(rows / lengths, np.float32)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("How long can I return a laptop?", "within 30 days"),
        ("Must the SIM card be removed?", "The SIM card must be taken out"),
        ("delivery time to Asia", "| Asia | 9 |"),
        ("Is shipping free?", "over 50 dollars ship free"),
    ],
)
def test_the_passage_that_answers_comes_first(query: str, wanted: str) -> None:
    (hit,) = INDEX.search(query, 1)
    assert wanted in hit.text
    assert hit.score == 1


@given(st.text("laptops return xyz ?é\n", max_size=40), st.integers(1, 6))
def test_at_most_k_are_found_the_best_first_each_once(query: str, k: int) -> None:
    hits = INDEX.search(query, k)
    assert len(hits) <= min(k, len(INDEX))
    assert len({hit.number for hit in hits}) == len(hits)
    assert all(0 < hit.score <= 1 for hit in hits)
    assert hits == INDEX.search(query, k)


@given(st.integers(1, 220), st.sampled_from([1, 3, None]))
def test_tokens_are_never_exceeded_by_what_is_handed_out(tokens: int, k: int | None) -> None:
    hits = built_long().search("the file of year 12", k, tokens, TOKENIZER, compressor=Shipped())
    assert TOKENIZER.count(blocks(hits)) <= tokens
    assert not any(hit.shortened for hit in hits[:-1])


@given(st.integers(30, 220))
def test_a_shortened_passage_is_verbatim_parts_where_it_says(tokens: int) -> None:
    hits = built_long().search("the file of year 12", None, tokens, TOKENIZER, compressor=Shipped())
    for hit in hits:
        assert hit.text == "".join(LONG.text[slice(*span)] for span in hit.spans)
        assert hit.tokens == TOKENIZER.count(hit.text)


def test_the_last_passage_is_shortened_to_what_is_left() -> None:
    hits = built_long().search("the file of year 12", None, 115, TOKENIZER, compressor=Shipped())
    assert hits[-1].shortened
    assert 100 <= TOKENIZER.count(blocks(hits)) <= 115
    assert "year 12." in " ".join(hit.text for hit in hits)
    without = built_long().search("the file of year 12", None, 115, TOKENIZER)
    assert without == hits[:-1]


def test_what_is_counted_is_the_shape_that_was_asked_for() -> None:
    def loud(hits: Sequence[Hit]) -> str:
        return "".join(f"{hit.text}{'!?' * 20}" for hit in hits)

    hits = INDEX.search("return", None, 70, TOKENIZER, shape=loud)
    assert 0 < TOKENIZER.count(loud(hits)) <= 70
    assert len(INDEX.search("return", None, 70, TOKENIZER, shape=lambda h: "")) == len(INDEX)


def test_an_inexact_tokenizer_leaves_a_margin() -> None:
    claude = get_tokenizer("claude-sonnet-4-5")
    hits = built_long().search("year 12", None, 100, claude, compressor=Shipped())
    assert claude.count(blocks(hits)) <= 95


def test_a_table_row_in_the_middle_is_found_below_its_header() -> None:
    rows = "".join(f"| country {at} | {at} days |\n" for at in range(40))
    index = built(Document("t.md", "| name | time |\n|---|---|\n" + rows))
    (hit,) = index.search("country 33", 1)
    assert hit.text.startswith("| name | time |\n|---|---|\n")
    assert hit.spans[0] == Span(0, 26)


@pytest.mark.parametrize("query", ["", "  \n", "?!", "zzzqqq"])
def test_a_query_without_a_known_word_does_not_fail(query: str) -> None:
    assert len(INDEX.search(query, 2)) <= 2


@pytest.mark.parametrize("documents", [[], [Document("a.md", "")], [Document("a.md", " \n")]])
def test_an_empty_index_finds_nothing(documents: list[Document], tmp_path: Path) -> None:
    Index.build(documents, TOKENIZER).save(tmp_path / "index")
    opened = Index.open(tmp_path / "index")
    assert (len(opened), opened.search("laptop", 3)) == (0, ())


@pytest.mark.parametrize(
    "give", [{"k": 0}, {"tokens": 0, "tokenizer": TOKENIZER}, {"tokens": 5}], ids=str
)
def test_arguments_that_can_not_be_are_refused(give: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be 1 or more, got 0|tokens need a tokenizer"):
        INDEX.search("laptop", **give)  # type: ignore[arg-type]


def test_two_documents_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two documents are called 'returns\.md'"):
        built(RETURNS, RETURNS)


def test_only_what_is_new_is_embedded() -> None:
    first = built(embedder=Letters())
    changed = Document(SHIPPING.name, SHIPPING.text.replace("noon", "two"))
    model = Letters()
    again = built(RETURNS, changed, embedder=model, earlier=first)
    assert again.embedded == len(model.asked) == 1
    assert "at two" in model.asked[0]
    anew = built(RETURNS, changed, embedder=Letters())
    numbers = np.arange(len(anew))
    assert np.array_equal(again.vectors.rows(numbers), anew.vectors.rows(numbers))


def test_progress_counts_what_is_embedded_not_what_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("promptc.retrieval.index._TOGETHER", 1)
    first = built(RETURNS, embedder=Letters())
    seen: list[tuple[int, int]] = []
    again = Index.build(
        HANDBOOK, TOKENIZER, embedder=Letters(), sizes=SMALL, earlier=first,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert again.embedded == 2 < len(again)
    assert seen == [(1, 2), (2, 2)]


def test_another_embedder_keeps_no_vectors() -> None:
    again = built(embedder=Letters("2"), earlier=built(embedder=Letters("1")))
    assert again.embedded == len(again)


def test_an_index_of_another_embedder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    built(embedder=Letters("1")).save(tmp_path / "h.index")
    with pytest.raises(
        IndexFileError,
        match=r"made with the embedder letters 1, and this is letters 2; rebuild it: promptc index",
    ):
        Index.open(tmp_path / "h.index", Letters("2"))
    assert len(Index.open(tmp_path / "h.index", Letters("1"))) == len(INDEX)


@given(st.lists(st.floats(0, 9, width=16), max_size=30), st.integers(1, 10))
def test_the_best_are_those_of_a_full_sort(values: list[float], most: int) -> None:
    scores = np.array(values, np.float32)
    order = sorted((at for at in range(len(values)) if values[at] > 0), key=lambda at: -values[at])
    assert ranking.best(scores, most).tolist() == order[:most]


def test_a_repeated_passage_gives_way_to_a_new_one() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    scores = np.array([1, 0.9, 0.88])
    assert ranking.novel(scores, vectors, 3) == [0, 2, 1]


def test_novelty_alone_never_lifts_what_does_not_answer() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert ranking.novel(np.array([1, 0.9, 0.1]), vectors, 2) == [0, 1]


def test_a_document_with_mixed_scripts_is_found_in_each() -> None:
    index = built(
        Document("zh.md", "解放军在北京举行了阅兵式。"),
        Document("de.md", "Die Rückgabe ist innerhalb von 30 Tagen möglich."),
        *HANDBOOK,
    )
    assert index.search("北京", 1)[0].passage.source == "zh.md"
    assert index.search("Rückgabe Tagen", 1)[0].passage.source == "de.md"


def built_long() -> Index:
    """The index of the long document, made once."""
    if not _LONG:
        _LONG.append(built(LONG))
    return _LONG[0]


_LONG: list[Index] = []
