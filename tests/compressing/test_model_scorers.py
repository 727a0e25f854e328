"""Each defect of LLMLingua 0.2.2 that a model scorer could have, and what is held against it.

Defects of the call are in `test_llmlingua_defects`; of the marks around a part (A8) and of padding
(B4) in `tests/scorers/test_classifier.py`; of single passes (B3: one transfer for each) there too;
of the package's own arguments (A6, A15, A18) and figures (C7, C8) in `tests/compat`; of code that
is trusted (C2) and of devices (C5) in `tests/scorers/test_scorers.py`. JSON (A7) and prompt tags
(A5) have no counterpart here, nor have integrations that glue documents (C10).
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from promptc import Budget, DeadlineError, Item, Options, acompress, compress, compress_many
from promptc.compressing import memory, passed
from promptc.protocols import Hurry, Scores, patient
from promptc.scorers.shared import Shared
from promptc.tokens import get_tokenizer
from tests.compressing.models import RARE, WORDS, causal, classifier, knowing
from tests.compressing.samples import COUNT, QUERIES, RATES, TEXTS, outputs, prose

HALF = Budget(rate=0.5)
MAKERS = (causal, classifier)
makers = pytest.mark.parametrize("make", MAKERS)


def options(make: Callable[[], Shared], **more: Any) -> Options:
    return Options(scorer=make(), **{"fine": True, **more})


@given(TEXTS, RATES, QUERIES)
@settings(max_examples=25)
def test_what_stays_is_verbatim_in_order_and_within_the_budget(
    text: str, rate: float, query: str
) -> None:
    for make in MAKERS:
        result = compress(text, budget=Budget(rate=rate), query=query, options=options(make))
        assert result.tokens_after <= result.limit
        assert "".join(outputs(result)) == result.text
        assert all(one.stop <= two.start for one, two in pairwise(result.kept[0]))


def test_a1_a_token_stays_for_its_own_surprise() -> None:
    """A1: what stayed was the token before the surprising one."""
    text = " ".join(WORDS)
    (scores,) = knowing().score([text])
    words = [text[a:b] for a, b in scores.spans.tolist()]
    assert words == WORDS
    bits = dict(zip(words, scores.bits.tolist(), strict=True))
    others = [word for word in WORDS[1:] if word not in RARE]
    assert min(bits[word] for word in RARE) > 4 > 1 > max(bits[word] for word in others)
    best = sorted(words, key=lambda word: -bits[word])[: len(RARE)]
    assert set(best) - {WORDS[0]} <= set(RARE)


def test_a1_what_a_compressor_keeps_is_what_surprises(monkeypatch: pytest.MonkeyPatch) -> None:
    """A1, through the whole call: of the words that stay nearly all are the surprising ones."""
    from promptc.selection import runs

    monkeypatch.setattr(runs, "BEGIN", 0.0)
    text = " ".join(WORDS)
    result = compress(text, budget=Budget(tokens=COUNT(text) // 4), options=options(knowing))
    left = (result.text or "").split()
    assert len(left) > 12
    assert sum(word in RARE for word in left) >= 0.9 * len(left)


def test_a1_with_a_question_too() -> None:
    """A1: the branch with a question was off by one, too."""
    text = " ".join(WORDS)
    (scores,) = knowing().score([text], WORDS[10])
    bits = dict(zip(WORDS, scores.bits.tolist(), strict=True))
    assert min(bits[word] for word in RARE) > max(
        bits[word] for word in WORDS[1:] if word not in RARE
    )


@makers
def test_a2_equal_scores_do_not_drop_everything(make: Callable[[], Shared]) -> None:
    """A2: of a thousand tokens of equal loss one was kept."""

    class Equal:
        name = version = "equal"

        def score(self, texts: Any, query: str = "", hurry: Hurry = patient) -> list[Scores]:
            found = make().score(texts)
            return [Scores(each.spans, np.ones_like(each.bits)) for each in found]

    result = compress(prose(40), budget=HALF, options=Options(scorer=Equal(), fine=True))
    assert 0.4 <= result.rate <= 0.5


@makers
def test_a3_a_short_text_is_compressed(make: Callable[[], Shared]) -> None:
    """A3: texts below a step's length came back whole."""
    text = "Anna signed the lease on May 3. It rained, as it mostly did there in those days."
    result = compress(text, budget=HALF, options=options(make))
    assert 0 < result.tokens_after <= COUNT(text) // 2


@makers
@pytest.mark.parametrize("rate", [0.2, 0.5, 0.75])
def test_a4_the_rate_that_was_asked_is_the_rate_that_comes(
    make: Callable[[], Shared], rate: float
) -> None:
    """A4: the tail below a step's length stayed whole, and the rate drifted with each step."""
    for sentences in (11, 97):
        result = compress(prose(sentences), budget=Budget(rate=rate), options=options(make))
        assert rate - 0.07 <= result.rate <= rate


@makers
def test_a10_the_threshold_is_one_for_all_of_a_text(make: Callable[[], Shared]) -> None:
    """A10: each part of 512 tokens lost the same share, dense or not."""

    class Halves:
        name = version = "halves"

        def score(self, texts: Any, query: str = "", hurry: Hurry = patient) -> list[Scores]:
            found = make().score(texts)
            first = [np.arange(len(each.bits)) < len(each.bits) // 2 for each in found]
            pairs = zip(found, first, strict=True)
            return [Scores(s.spans, np.where(f, 8.0, 0.5).astype(np.float32)) for s, f in pairs]

    text = "so it goes and on and on it went again as ever " * 60
    (kept,) = compress(text, budget=HALF, options=Options(scorer=Halves(), fine=True)).kept
    early = sum(min(b, len(text) // 2) - min(a, len(text) // 2) for a, b in kept)
    assert early > 0.8 * sum(b - a for a, b in kept)


@makers
def test_a11_a_rate_of_one_keeps_every_character(make: Callable[[], Shared]) -> None:
    """A11: line ends, tabs, indents and characters such as ``①`` changed at a rate of 1."""
    text = "① one½\r\n\tﬁne  twice\n\n    def f():\n        return 1\u00a0\u200b\n\n\n"
    assert compress(text, budget=Budget(rate=1), options=options(make)).text == text


@makers
def test_a12_a_long_run_without_an_end_loses_no_character(make: Callable[[], Shared]) -> None:
    """A12: parts were decoded and cut again, which changed words and lost some."""
    words = [f"item{n}" for n in range(300)]
    text = " ".join(words)
    (scores,) = make().score([text])
    assert "".join(text[a:b] for a, b in scores.spans.tolist()) == "".join(words)
    left = compress(text, budget=Budget(rate=0.9), options=options(make)).text or ""
    assert set(left.split()) <= set(words)


@makers
def test_a13_a14_words_and_numbers_stay_whole(make: Callable[[], Shared]) -> None:
    """A13, A14: an id became another id, ``1.5 hours`` became ``1. hours``."""
    name = "v-alpha-beta-gamma-delta-7"
    text = f"After 1.5 hours the total was $71.25, they say. {prose(20)} It is {name}, I think."
    for rate in (0.3, 0.6):
        found = compress(text, budget=Budget(rate=rate), options=options(make, keep=(name,)))
        assert name in (found.text or "")
        assert set((found.text or "").split()) <= set(text.split())


@makers
def test_a16_marks_of_a_model_are_text_like_any(make: Callable[[], Shared]) -> None:
    """A16: ``<s>``, ``<mask>`` and characters unknown to the model went, even if forced."""
    marks = ("<s>", "</s>", "<mask>", "<|endoftext|>", "[CLS]", "𓀀", "<unk>")
    text = f"{prose(9)} Say {' and '.join(marks)} aloud. {prose(9)}"
    (scores,) = make().score([text])
    covered = {at for a, b in scores.spans.tolist() for at in range(a, b)}
    assert covered == {at for at, each in enumerate(text) if not each.isspace()}
    result = compress(text, budget=HALF, options=options(make, keep=marks))
    assert all(mark in (result.text or "") for mark in marks)


def test_b1_all_texts_of_a_call_share_passes() -> None:
    """B1: each context and each sentence was a pass of its own."""
    before = classifier().counts
    texts = [f"{prose(2)} Number {n}." for n in range(20)]
    classifier().score(texts)
    after = classifier().counts
    assert after.rows - before.rows > 20
    assert after.passes - before.passes <= 3


def test_b2_no_token_is_read_twice_but_as_context() -> None:
    """B2: the whole prompt was read first, and each step read the one before again."""
    text = prose(70)
    before = causal().counts.tokens
    (scores,) = causal().score([text])
    assert len(scores.bits) > 900
    assert causal().counts.tokens - before < 1.25 * len(scores.bits)


def test_b5_the_target_tokenizer_is_not_asked_for_each_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B5: words were counted one by one."""
    tokenizer, counted = get_tokenizer("gpt-4o"), list[int]()
    plain = type(tokenizer).count

    def count(self: Any, text: str) -> int:
        counted.append(1)
        return plain(self, text)

    monkeypatch.setattr(type(tokenizer), "count", count)
    text = prose(150)
    compress(text, budget=HALF, options=options(classifier))
    assert len(counted) < len(text.split()) / 5


def test_b7_a_text_that_comes_again_is_not_read_again() -> None:
    """B7: equal parts of other calls were scored again."""
    texts = [f"{prose(3)} Once {n}." for n in range(4)]
    compress(texts, budget=HALF, options=options(causal))
    before = causal().counts
    compress(texts, budget=Budget(rate=0.3), options=options(causal))
    assert causal().counts == before


def test_c4_nothing_grows_and_no_generator_is_touched() -> None:
    """C4: a list grew with every call, and all generators were seeded."""
    before = random.getstate(), torch.get_rng_state().tolist()
    for number in range(5):
        compress(f"{prose(5)} {number}", budget=HALF, options=options(causal))
    assert (random.getstate(), torch.get_rng_state().tolist()) == before
    assert causal()._worker._queue.tokens == 0


def test_c6_the_model_is_known_by_what_it_is_not_by_its_name() -> None:
    """C6: a model whose path had an unknown name was refused."""
    assert "tiny" in classifier().name
    assert compress(prose(9), budget=HALF, options=options(classifier)).met


@makers
def test_c9_what_stays_is_told_by_its_place_and_by_what_model(make: Callable[[], Shared]) -> None:
    """C9: there were no offsets, only words joined again."""
    text = prose(20)
    result = compress(text, budget=HALF, options=options(make))
    assert all(text[slice(*span)] for span in result.kept[0])
    assert result.scorer == make().name != "embedded"


def test_a_model_is_asked_where_units_would_have_been_whole() -> None:
    """A question alone leaves units whole; with a model its tokens are chosen."""
    query, text = "Who signed the lease?", prose(40)
    whole = compress(text, budget=Budget(rate=0.3), query=query)
    cut = compress(text, budget=Budget(rate=0.3), query=query, options=Options(scorer=causal()))
    assert (whole.text or "").count("as entry") == (whole.text or "").count("says.")
    assert cut.text != whole.text


def test_a_scale_of_its_own_changes_nothing() -> None:
    class Larger:
        name = version = "larger"

        def score(self, texts: Any, query: str = "", hurry: Hurry = patient) -> list[Scores]:
            found = causal().score(texts, query)
            return [Scores(each.spans, each.bits * 64) for each in found]

    text = prose(40)
    one = compress(text, budget=HALF, options=options(causal))
    two = compress(text, budget=HALF, options=Options(scorer=Larger(), fine=True))
    assert one.kept == two.kept


def test_many_items_share_passes_and_come_in_order() -> None:
    items = [Item(f"{prose(3)} Number {n}.", "Who signed?") for n in range(24)]
    expected = [
        compress(each.input, budget=HALF, query=each.query, options=options(classifier))
        for each in items
    ]
    memory.forget()
    fresh = Shared(classifier().reader)
    found = compress_many(items, budget=HALF, options=Options(scorer=fresh, fine=True))
    assert [each.text for each in found] == [each.text for each in expected]
    assert fresh.counts.calls == 24 > 2 * fresh.counts.passes


def test_an_error_of_one_of_many_is_raised() -> None:
    with pytest.raises(ValueError, match="document 0 must be a text"):
        compress_many([prose(3), [7], prose(4)], budget=HALF, options=options(causal))  # type: ignore[list-item]


class Slow:
    """Takes as long as it is given."""

    name = version = "slow"

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def score(self, texts: Any, query: str = "", hurry: Hurry = patient) -> list[Scores]:
        self.begun.set()
        try:
            for _ in range(1_000):
                time.sleep(0.005)
                hurry()
        finally:
            self.ended.set()
        raise AssertionError


def test_a_deadline_is_kept_while_a_model_works() -> None:
    before = passed.count
    slow = Options(scorer=Slow(), fine=True, deadline=0.1)
    with pytest.raises(DeadlineError):
        compress(prose(20), budget=HALF, options=slow)
    began = time.monotonic()
    through = Options(scorer=Slow(), fine=True, deadline=0.1, on_deadline="pass")
    result = compress(prose(20), budget=HALF, options=through)
    assert (result.met, result.text) == (False, prose(20))
    assert passed.count == before + 1
    assert time.monotonic() - began < 4


def test_a_canceled_task_ends_the_work() -> None:
    slow = Slow()

    async def main() -> None:
        task = asyncio.create_task(
            acompress(prose(20), budget=HALF, options=Options(scorer=slow, fine=True))
        )
        await asyncio.to_thread(slow.begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert slow.ended.wait(10)


def test_who_cancels_gets_nothing() -> None:
    from promptc import compressing

    canceled = threading.Event()
    canceled.set()
    with pytest.raises(CancelledError):
        compressing.compress(
            prose(20), budget=HALF, query="", model="gpt-4o", options=options(causal),
            canceled=canceled,
        )  # fmt: skip
