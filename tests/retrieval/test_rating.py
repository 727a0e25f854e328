"""A passage is rated by what of the question it says, and by where it stands."""

from __future__ import annotations

import numpy as np
import pytest

from promptc.models import embedder
from promptc.models.sentences import SentenceEmbedder
from promptc.passages import Document, Kind, Passage
from promptc.retrieval import Index, rating
from promptc.source import Span
from tests.retrieval.documents import built
from tests.retrieval.test_index import Letters


def ratings(index: Index, query: str) -> list[float]:
    scores = index.words.search(query)
    numbers = np.arange(len(index))
    rated = rating.rated(
        query, numbers=numbers, scores=scores, passages=index.table, words=index.words
    )
    return list(rated)


def test_the_heading_that_was_asked_for_decides_between_equal_texts() -> None:
    index = built(Document("a.md", "# Parking\n\nAsk Mira.\n\n# Kitchen hours\n\nAsk Mira."))
    parking, kitchen = ratings(index, "Whom do I ask about parking?")
    assert parking > kitchen


def test_a_heading_counts_by_the_share_of_it_that_was_asked() -> None:
    short, long = "# Returns\n\nThirty days.", "# Returns of broken rented tools\n\nThirty days."
    index = built(Document("a.md", short), Document("b.md", long))
    first, second = ratings(index, "returns")
    assert first > second


def test_a_passage_gains_by_what_its_neighbor_in_the_document_says() -> None:
    fact = "# Dates\n\nIt ends in May."
    beside = Document("a.md", "# Licence\n\nThe licence of the encoder.\n\n" + fact)
    alone = Document("b.md", fact)
    other = Document("c.md", "# Kitchen\n\nBowls.\n\n" + fact)
    index = built(beside, alone, other)
    found = ratings(index, "encoder licence")
    near, far, elsewhere = (found[at] for at in range(len(index)) if "May" in index.table[at].text)
    assert near > far == pytest.approx(elsewhere)


def test_the_last_passage_of_one_document_is_no_neighbor_of_the_next() -> None:
    index = built(Document("a.md", "# A\n\nThe encoder."), Document("b.md", "# B\n\nIt ends."))
    scores = index.words.search("encoder")
    assert rating._beside(1, scores, index.table) == 0


@pytest.mark.parametrize(
    ("passage", "wanted"),
    [
        (Passage("a", Span(0, 4), "Text", ("Book", "Part")), "Part"),
        (Passage("a", Span(0, 4), "Text"), ""),
        (Passage("a", Span(0, 9), "\nQ: Who?\nA: Mira", ("Book",), None, Kind.QUESTION), "Q: Who?"),
    ],
)
def test_what_a_passage_stands_under(passage: Passage, wanted: str) -> None:
    assert rating.heading(passage) == wanted


@pytest.mark.parametrize(
    ("name", "query", "wanted"),
    [
        ("embedded", "Wie lange kann ich etwas zurückgeben?", rating.COSINE),
        ("embedded", "退货需要多少天?", 0),
        ("embedded", "Сколько дней на возврат?", 0),
        ("embedded", "2026?", rating.COSINE),
        ("static", "How long can I return a thing?", 0),
    ],
)
def test_vectors_count_where_they_tell_more_than_words(
    name: str, query: str, wanted: float
) -> None:
    assert rating.of_cosine(embedder(name), query) == wanted


def test_the_vectors_of_an_embedder_of_ones_own_always_count() -> None:
    assert rating.of_cosine(Letters(), "退货需要多少天?") == rating.COSINE
    by_name = SentenceEmbedder.__new__(SentenceEmbedder)
    by_name.model = "a multilingual model"
    assert rating.of_cosine(by_name, "退货需要多少天?") == rating.COSINE


def test_what_a_passage_means_is_found_where_no_word_is_shared() -> None:
    acronym = Document("a.md", "An acronym is a word of first letters, as NATO.\n")
    index = built(acronym, Document("b.md", "A rib roast is a cut of beef, as prime rib.\n"))
    (found,) = index.search("What do you call initials that stand for something?", 1)
    assert found.passage.source == "a.md"
