"""Each defect of LLMLingua 0.2.2 that could come up here, and what is held against it.

Not here, for there is nothing that they could be about: its own JSON (A7) and prompt tags (A6),
a model's special ids and chunks (A8, A9, A12), sorting contexts (A15, A18), devices (C5).
"""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest

from promptc import Budget, ConfigError, Item, Options, compress, compress_many
from promptc.compressing import memory
from promptc.compressors.embedded import Embedded
from promptc.models import embedder
from promptc.protocols import Hurry, Request, Scores, patient
from promptc.source import Span
from promptc.tokens import get_tokenizer
from tests.compressing.samples import COUNT, outputs, prose

HALF = Budget(rate=0.5)
FINE = Options(fine=True)


class Stub:
    """Rates the words of a text by a table."""

    name = version = "stub"

    def __init__(self, bits: dict[str, float]) -> None:
        self._bits = bits

    def score(self, texts: Any, query: str = "", hurry: Hurry = patient) -> list[Scores]:
        found = []
        for text in texts:
            words, at = [], 0
            for word in text.split():
                start = text.index(word, at)
                at = start + len(word)
                words.append((start, at, self._bits.get(word, 0.5)))
            spans = np.array([each[:2] for each in words], np.int64).reshape(-1, 2)
            found.append(Scores(spans, np.array([each[2] for each in words], np.float32)))
        return found


def test_a1_a_word_stays_for_its_own_surprise() -> None:
    """A1: what stayed was the word before the surprising one."""
    words = [f"{'zq' if n % 4 == 0 else 'so'}{'abcdefghij'[n // 10]}{'klmnopqrst'[n % 10]}"
             for n in range(60)]  # fmt: skip
    text = " ".join(words)
    stub = Stub({word: 40.0 for word in words if word.startswith("zq")})
    request = Request(tokens=COUNT(text) // 3, tokenizer=get_tokenizer("gpt-4o"))
    (kept,) = Embedded(embedder(), stub, fine=True).keep([text], request)
    left = "".join(text[slice(*span)] for span in kept).split()
    assert len(left) >= 10
    assert sum(word.startswith("zq") for word in left) >= 0.9 * len(left)


@pytest.mark.parametrize("fine", [True, False])
def test_a2_equal_scores_do_not_drop_everything(fine: bool) -> None:
    """A2: of a thousand tokens of equal loss one was kept."""
    for text in ("word " * 1000, "It rained again. " * 250):
        result = compress(text, budget=HALF, options=Options(fine=fine))
        assert 0.3 <= result.rate <= 0.5


def test_a3_a_short_text_is_compressed() -> None:
    """A3: texts below a step's length came back whole."""
    text = "Anna signed the lease on May 3. It rained, as it mostly did there in those days."
    result = compress(text, budget=HALF)
    assert 0 < result.tokens_after <= COUNT(text) // 2


@pytest.mark.parametrize("rate", [0.2, 0.35, 0.5, 0.75])
def test_a4_the_rate_that_was_asked_is_the_rate_that_comes(rate: float) -> None:
    """A4: the tail below a step's length stayed whole, and the rate drifted with each step."""
    for sentences in (11, 23, 97):
        result = compress(prose(sentences), budget=Budget(rate=rate), options=FINE)
        assert rate - 0.06 <= result.rate <= rate


def test_a5_a_less_than_sign_loses_nothing() -> None:
    """A5: a part that held ``<`` vanished."""
    text = "if a < b then stop. "
    assert compress(text, budget=Budget(rate=1)).text == text
    assert "<" in (compress(text * 20, budget=HALF).text or "")
    (left,) = compress([text * 3, prose(9)], budget=HALF, query="if a < b").documents[:1]  # type: ignore[index]
    assert "a < b" in left


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-5"])
def test_a6_what_must_stay_and_what_is_asked_stay(model: str) -> None:
    """A6: text marked as not to be compressed was, and instruction and question went."""
    rule = "NEVER delete user data unless Dr. Ahn agrees."
    chat = [
        {"role": "system", "content": rule},
        {"role": "user", "content": f"<context>{prose(30)} {rule}</context>\nWho moved it?"},
    ]
    found = compress(chat, budget=HALF, model=model, options=Options(keep=(rule,), fine=True))
    assert found.messages is not None
    assert found.messages[0] == chat[0]
    assert f"{rule}</context>\nWho moved it?" in found.messages[1]["content"]


def test_a7_data_that_is_left_is_as_it_was() -> None:
    """A7: commas in a row, numbers and nesting came out changed."""
    record = '{"say": "Hello, world,,, ok", "n": [1, 2, 3], "x": {"y": 1.50}}'
    text = "\n".join(record.replace("1.50", f"{n}.50") for n in range(40))
    result = compress(text, budget=HALF, options=FINE)
    assert result.text
    assert set(result.text.split("\n")) <= set(text.split("\n")) | {""}


def test_a10_dense_text_keeps_more_than_filler() -> None:
    """A10: the threshold was set for each chunk, so filler kept as much as what matters."""
    filler = "And so it was, and so it went on, as it does, and as it will again. " * 30
    dense = prose(30)
    result = compress([filler, dense], budget=HALF, query="Who signed the lease in 1987?")
    thin, thick = (len(left) for left in outputs(result))
    assert thick / len(dense) > 2 * thin / len(filler)


def test_a11_a_rate_of_one_keeps_every_character() -> None:
    """A11: line ends, tabs, indents and characters such as ``①`` changed at a rate of 1."""
    text = "① one½\r\n\tﬁne  twice\n\n    def f():\n        return 1\u00a0\u200b\n\n\n"
    for options in (FINE, Options(fine=False)):
        assert compress(text, budget=Budget(rate=1), options=options).text == text


def test_a12_a_long_run_without_an_end_loses_no_character() -> None:
    """A12: chunks were decoded and cut again, which changed words and lost some."""
    words = [f"item{n}" for n in range(3000)]
    result = compress(" ".join(words), budget=Budget(rate=0.99), options=FINE)
    assert result.text
    assert set(result.text.split()) <= set(words)
    assert result.rate > 0.97


def test_a13_what_must_stay_is_never_weighed() -> None:
    """A13: a forced word was averaged with its neighbors, and an id became another id."""
    name = "v-alpha-beta-gamma-delta-7"
    text = f"{prose(20)} The build is {name}, they say. {prose(20)}"
    result = compress(text, budget=Budget(rate=0.2), options=Options(keep=(name,), fine=True))
    assert name in (result.text or "")
    left = compress(text, budget=Budget(rate=0.2), options=FINE).text or ""
    assert not [each for each in left.split() if "alpha" in each and name not in each]


def test_a14_no_two_words_become_one_and_no_number_another() -> None:
    """A14: pieces of words were glued together: ``1.5 hours`` became ``1. hours``."""
    text = "After 1.5 hours the total bill was $71.25, and 36/6 = 6. " + prose(40)
    for rate in (0.3, 0.5, 0.8):
        left = compress(text, budget=Budget(rate=rate), options=FINE).text or ""
        assert set(left.split()) <= set(text.split())


def test_a16_marks_of_a_model_are_text_like_any() -> None:
    """A16: ``<s>``, ``<mask>`` and characters unknown to the model went, even if forced."""
    marks = ("<s>", "</s>", "<mask>", "<|endoftext|>", "[CLS]", "𓀀", "<unk>")
    text = f"{prose(20)} Say {' and '.join(marks)} aloud. {prose(20)}"
    result = compress(text, budget=HALF, options=Options(keep=marks, fine=True))
    assert all(mark in (result.text or "") for mark in marks)


def test_a17_every_choice_is_taken_or_refused() -> None:
    """A17, A18: an option led nowhere without a word, and any order was accepted."""
    for scorer in ("slingua", "sort"):
        with pytest.raises(ConfigError, match="no scorer"):
            compress(prose(9), budget=HALF, options=Options(scorer=scorer))
    with pytest.raises(ConfigError, match="needs a model, as 'causal:gpt2'"):
        compress(prose(9), budget=HALF, options=Options(scorer="causal"))


def test_c1_no_argument_is_run() -> None:
    """C1: a budget was evaluated as Python."""
    with pytest.raises(ValueError, match="tokens"):
        Budget(tokens="__import__('os').abort()")  # type: ignore[arg-type]
    text = prose(9)
    assert compress(text, budget=Budget(rate=1), query="__import__('os').abort()").text == text


def test_c3_what_was_handed_over_is_not_changed() -> None:
    """C3: settings lost keys and lists grew."""
    chat: list[dict[str, Any]] = [
        {"role": "tool", "content": [{"type": "text", "text": prose(9)}, {"type": "image"}]},
        {"role": "user", "content": [{"type": "text", "text": prose(9), "promptc": "context"}]},
    ]
    before = copy.deepcopy(chat)
    found = compress(chat, budget=HALF)
    assert chat == before
    assert found.messages is not None
    assert found.messages[0]["content"][1] == {"type": "image"}


def test_c4_nothing_grows_and_no_generator_is_seeded() -> None:
    """C4: a list grew with every call, and all generators were seeded."""
    random.seed(5)
    expected = random.Random(5).random()
    for number in range(memory.MOST + 20):
        compress(f"{number} is here. And so on. Not {number}.", budget=HALF)
    assert len(memory._recent) <= memory.MOST
    assert random.random() == expected


def test_c7_figures_are_numbers_counted_as_the_model_counts() -> None:
    """C7: figures were texts, in the tokens and at the price of one old model."""
    text = prose(40)
    for model in ("gpt-4o", "gpt-3.5-turbo"):
        result = compress(text, budget=HALF, model=model)
        assert result.tokens_before == get_tokenizer(model).count(text)
        assert result.tokens_after == get_tokenizer(model).count(result.text or "")
        assert result.saved is not None and result.saved > 0
        assert result.price_date


def test_c8_the_question_is_not_counted_as_input() -> None:
    """C8: the question's tokens made the ratio look better."""
    text = prose(9)
    result = compress(text, budget=HALF, query="Who signed the lease? " * 50)
    assert result.tokens_before == COUNT(text)


def test_c9_what_stays_is_told_by_its_place() -> None:
    """C9: there were no offsets, only words joined again."""
    text = prose(20)
    (kept,) = compress(text, budget=HALF, options=FINE).kept
    assert all(isinstance(span, Span) and text[slice(*span)] for span in kept)


def test_c10_each_document_comes_back_as_itself() -> None:
    """C10: documents were glued, split again, and each got the facts of all."""
    documents = [{"id": f"d{n}", "text": prose(n + 4) + f"\n\nPart {n}."} for n in range(6)]
    result = compress(documents, budget=HALF, query="Who signed?")
    assert result.documents is not None
    assert [each["id"] for each in result.documents] == [f"d{n}" for n in range(6)]
    assert [each["text"] for each in result.documents] == outputs(result)
    assert result.inputs == tuple(each["text"] for each in documents)
    assert len(compress_many([Item(prose(5)), prose(6)], budget=HALF)) == 2
