"""Token scores: a mix of how rare a word is and whether the text has used it."""

from __future__ import annotations

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.models.frequency import BITS_STEP, CAPITALS_STEP, FrequencyScorer
from promptc.models.packed import DATA, load
from promptc.models.pieces import ALPHABET, CLASSES, EDGE, lower, pieces

MODEL = load(DATA / "frequencies.bin")
SCORER = FrequencyScorer(MODEL)
IDS = {word: id for id, word in enumerate(MODEL.words("words"))}
ANY = st.text(max_size=80) | st.text("aAbB zZ.,!1 2\n'’éÉ猫İ_-", max_size=80)


def bits(text: str, query: str = "") -> dict[str, float]:
    """The bits of each token; of one that stands twice, the last time."""
    (scores,) = SCORER.score([text], query)
    tokens = [text[start:stop] for start, stop in scores.spans]
    return dict(zip(tokens, scores.bits.tolist(), strict=True))


def letter(char: str) -> tuple[int, int]:
    """The class of a character and the bits that tell which of the class it is."""
    if char in ALPHABET:
        return ALPHABET.index(char), 0
    name = (
        "join" if char in "'.,"
        else "other" if not char.isalpha() or ord(char) >= 0x2000
        else "latin" if ord(char) < 0x250
        else "letter"
    )  # fmt: skip
    return len(ALPHABET) + list(CLASSES).index(name), CLASSES[name]


def spelled(word: str) -> float:
    total, context = 0.0, (EDGE, EDGE)
    for place, more in [*map(letter, word), (EDGE, 0)]:
        total += MODEL.arrays["spelling"][*context, place] / BITS_STEP + more
        context = (context[1], place)
    return total


def slow(text: str, query: str) -> list[float]:
    """The scores, one token after the other."""
    seen = Counter(pieces(lower(query)).words)
    words, starts, _ = pieces(lower(text))
    found: list[float] = []
    facts = MODEL.facts
    for at, word in enumerate(words):
        id = IDS.get(word)
        alone = facts["unknown_bits"] + spelled(word) if id is None else 0.0
        share = facts["unknown_capitals"]
        if id is not None:
            alone = MODEL.arrays["bits"][id] / BITS_STEP
            share = MODEL.arrays["capitals"][id] / CAPITALS_STEP
        gap = text[starts[at - 1] : starts[at]] if at else "\n"
        if "\n" not in gap and words[at - 1] not in set('.!?:;"“”(*#-–—•|>'):
            capital = text[starts[at]] != word[0]
            alone -= math.log2(share if capital else 1 - share)
        weight = facts["cache_weight"] * seen.total() / (seen.total() + facts["cache_delay"])
        of_text = weight * seen[word] / (seen.total() or 1)
        found.append(-math.log2(of_text + (1 - weight) * 2**-alone))
        seen[word] += 1
    return found


@given(ANY, st.text("ab z", max_size=10))
def test_scores_are_those_of_the_slow_twin(text: str, query: str) -> None:
    (scores,) = SCORER.score([text], query)
    np.testing.assert_allclose(scores.bits, slow(text, query), atol=1e-3, rtol=1e-5)


@given(ANY)
def test_every_character_but_space_is_in_one_token(text: str) -> None:
    (scores,) = SCORER.score([text])
    inside = [at for start, stop in scores.spans.tolist() for at in range(start, stop)]
    assert inside == [at for at, char in enumerate(text) if not char.isspace()]
    assert np.isfinite(scores.bits).all()
    assert (scores.bits > 0).all()


@given(ANY, ANY)
def test_a_token_is_rated_by_itself_and_what_stands_before_it(text: str, after: str) -> None:
    (short,), (long,) = SCORER.score([text + " "]), SCORER.score([f"{text} {after}"])
    assert long.spans[: len(short.spans)].tolist() == short.spans.tolist()
    assert long.bits[: len(short.bits)].tolist() == short.bits.tolist()


@given(st.lists(ANY, max_size=4))
def test_scores_do_not_depend_on_the_batch(texts: list[str]) -> None:
    together = SCORER.score(texts, "a b")
    alone = [SCORER.score([text], "a b")[0] for text in texts]
    assert [scores.bits.tolist() for scores in together] == [s.bits.tolist() for s in alone]


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_no_tokens_give_empty_arrays(text: str) -> None:
    (scores,) = SCORER.score([text], "why")
    assert scores.spans.shape == (0, 2)
    assert scores.bits.shape == (0,)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("zebra of the", ["the", "of", "zebra"]),
        ("we met frank Quilliam", ["met", "Quilliam"]),
        ("the qxy qxyvbnw qxyvbnwkjhg", ["the", "qxy", "qxyvbnw", "qxyvbnwkjhg"]),
        ("in room 2 near 98431", ["2", "98431"]),
        ("the , glyptodon", [",", "glyptodon"]),
        ("a Will and a will", ["will", "Will"]),
    ],
)
def test_rare_long_and_capital_words_cost_more(text: str, order: list[str]) -> None:
    found = bits(text)
    assert all(found[less] < found[more] for less, more in pairwise(order))


def test_the_first_token_is_rated_by_itself() -> None:
    assert bits("Glyptodon bones")["Glyptodon"] > bits("The bones")["The"] + 8


def test_a_word_seen_before_costs_less() -> None:
    once = bits("a glyptodon")["glyptodon"]
    assert bits("a glyptodon and a glyptodon")["glyptodon"] < once - 8
    assert bits("a glyptodon", query="Where did the glyptodon live?")["glyptodon"] < once - 8
    assert bits("a qxyvbnw and a qxyvbnw")["qxyvbnw"] < bits("a qxyvbnw")["qxyvbnw"] - 8


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("it's 3.5% of 1,200", ["it's", "3.5", "%", "of", "1,200"]),
        ("naïve cafe\u0301s", ["naïve", "cafe\u0301s"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("東京タワー。", ["東", "京", "タワー", "。"]),
        ("snake_case a-b", ["snake", "_", "case", "a", "-", "b"]),
        ("Привет, мир 🙂", ["Привет", ",", "мир", "🙂"]),
        ("שָׁלוֹם عَرَبِيّ ภาษาไทย", ["שָׁלוֹם", "عَرَبِيّ", "ภาษาไทย"]),
    ],
)
def test_words_of_every_script_stay_whole(text: str, tokens: list[str]) -> None:
    assert list(bits(text)) == tokens


def test_a_word_too_long_for_a_float_is_rated() -> None:
    assert 1100 < bits("qz" * 5000)["qz" * 5000] < math.inf


def test_threads_share_one_scorer() -> None:
    texts = [f"Invoice {n} of glyptodon {n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: SCORER.score([text])[0].bits.tolist(), texts))
    assert found == [scores.bits.tolist() for scores in SCORER.score(texts)]
