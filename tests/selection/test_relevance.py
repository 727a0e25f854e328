"""What is rated high for a question, and without one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promptc.models import embedder, scorer
from promptc.selection.pool import Pool
from promptc.selection.relevance import Models, relevance, vectors
from promptc.selection.salience import salience
from tests.compressing.samples import prose
from tests.selection.pools import pooled

ASKED = "Who discovered the element radium?"


def rated(units: Pool, query: str, titles: tuple[str, ...] = ()) -> NDArray[np.float64]:
    models = Models(embedder(), scorer())
    return relevance(units, vectors(units, embedder()), query, titles, models)


def test_the_sentence_that_answers_is_rated_highest() -> None:
    text = "The harbor was closed. Marie Curie discovered radium in 1898. Ink costs nine euros."
    assert rated(pooled([text]), ASKED).argmax() == 1


def test_a_title_lifts_its_document() -> None:
    texts = ["She found it in 1898."] * 2
    one, two = rated(pooled(texts), ASKED, ("Rope and ink", "Radium"))
    assert two > one


def test_the_right_document_lifts_all_its_sentences() -> None:
    same = "It was in the year 1898."
    units = pooled([f"Rope is strong. {same}", f"Radium is an element. {same}"])
    found = rated(units, ASKED)
    assert found[3] > found[1]


def test_words_of_scripts_without_spaces_are_found() -> None:
    units = pooled(["港は閉鎖された。ラジウムを発見したのはキュリー夫人です。"])
    assert rated(units, "誰がラジウムを発見したか").argmax() == 1


def test_a_question_of_no_known_word_rates_all_alike() -> None:
    found = rated(pooled([prose(5)]), "?!")
    assert np.isfinite(found).all()


def test_without_a_question_the_lead_is_rated_highest() -> None:
    units = pooled([prose(30), prose(30)])
    shown = vectors(units, embedder())
    found = salience(units, shown, scorer().score(units.texts))
    assert {0, 30} == set(np.argsort(-found)[:2].tolist())


def test_no_units_have_no_ratings() -> None:
    units = pooled(["", ""])
    assert len(salience(units, np.zeros((0, 8)), scorer().score(units.texts))) == 0
