"""Each token is rated by its own probability: held against a plain reference in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from promptc.protocols import Scores, patient
from promptc.scorers.causal import Causal
from promptc.scorers.joining import joined
from promptc.scorers.loading import Loaded, Place
from promptc.scorers.named import read
from promptc.scorers.reading import Plan, Row
from promptc.scorers.worker import Worker
from tests.compressing.samples import ODD, prose
from tests.scorers.tiny import byte_level, gemma2, gpt2, llama

MODELS: dict[str, Any] = {make.__name__: make() for make in (gpt2, llama, gemma2)}
TEXT = prose(12)
LONG = prose(60)
NEAR = 1e-4
ON_CPU = Place("cpu", "float32")


def causal(name: str = "gpt2", options: str = "") -> Causal:
    return Causal(Loaded(MODELS[name], byte_level(), ON_CPU, "v"), read(f"causal:{name}{options}"))


def bits(reader: Causal, text: str, query: str = "") -> list[np.ndarray]:
    """The bits of the rows of *text*, as they are before they are put together."""
    return Worker(reader, linger=0).run(reader.plan(text, query).rows, patient)


def scores_of(reader: Causal, plan: Plan, values: list[np.ndarray]) -> Scores:
    (found,) = joined([reader.rated(plan, values)], reader.how)
    return found


def reference(model: Any, ids: list[int], start: int) -> np.ndarray:
    """-log2 p of ids[start:], one token after the other, in float64."""
    wide = type(model)(model.config).double().eval()
    wide.load_state_dict(model.state_dict())
    found = []
    with torch.inference_mode():
        for at in range(start, len(ids)):
            logits = wide(torch.tensor([ids[:at]]), use_cache=False).logits[0, -1]
            found.append(-torch.log_softmax(logits, -1)[ids[at]].item() / math.log(2))
    return np.array(found)


def ids_of(text: str) -> list[int]:
    return list(byte_level()(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize("name", MODELS)
def test_bits_are_those_of_a_plain_reference(name: str) -> None:
    text = TEXT[:120]
    (found,) = bits(causal(name), text)
    assert np.abs(found - reference(MODELS[name], [0, *ids_of(text)], 1)).max() < NEAR


@pytest.mark.parametrize("name", MODELS)
def test_bits_of_a_long_text_are_those_of_its_windows(name: str) -> None:
    reader = causal(name, ",window=33,stride=20")
    ids = ids_of(TEXT)
    assert reader.window == 32
    found = np.concatenate(bits(reader, TEXT))
    assert len(found) == len(ids) > 64
    for start, fresh in ((0, 0), (20, 32), (40, 52)):
        expected = reference(MODELS[name], [0, *ids[start : start + 32]], 1 + fresh - start)
        assert np.abs(found[fresh : start + 32] - expected).max() < NEAR


@pytest.mark.parametrize("name", MODELS)
def test_a_question_is_read_before_each_window(name: str) -> None:
    reader = causal(name, ",window=41,stride=20")
    values = bits(reader, TEXT, "Who signed?")
    asked = [0, *ids_of("Who signed?\n")]
    ids, size = ids_of(TEXT), 40 - len(asked)
    told = np.concatenate(values[len(values) // 2 :])
    assert len(told) == len(ids)
    expected = reference(MODELS[name], [*asked, *ids[:size]], len(asked))
    assert np.abs(told[:size] - expected).max() < NEAR
    alone = reference(MODELS[name], [0, *ids[:size]], 1)
    scores = scores_of(reader, reader.plan(TEXT, "Who signed?"), values)
    contrast = alone + (alone - expected)
    assert abs(scores.bits[0] - contrast[0]) < 1e-3


def test_a_question_is_computed_once() -> None:
    reader = causal(options=",batch=64")
    worker = Worker(reader, linger=0)
    for text in (LONG, TEXT):
        worker.run(reader.plan(text, "Who signed?").rows, patient)
    assert worker.counts.passes > 20
    assert reader.prefixes_read == 1


def test_without_a_mark_of_a_beginning_the_first_token_is_any_of_the_vocabulary() -> None:
    reader = causal()
    reader.begin = ()
    (found,) = bits(reader, "Anna signed.")
    ids = ids_of("Anna signed.")
    assert found[0] == pytest.approx(math.log2(len(byte_level())))
    assert np.abs(found[1:] - reference(MODELS["gpt2"], ids, 1)).max() < NEAR


def test_a_model_that_caps_its_logits_is_read_as_it_is() -> None:
    assert causal("gemma2")._split is None
    assert causal("gpt2")._split is not None


@pytest.mark.parametrize("text", ["", " ", "\n\n", "a", "\ud800", "🎉", "<|endoftext|>"])
def test_any_text_can_be_read(text: str) -> None:
    reader = causal()
    plan = reader.plan(text, "")
    scores = scores_of(reader, plan, Worker(reader, linger=0).run(plan.rows, patient))
    assert len(scores.spans) == len(scores.bits)
    assert bool(len(scores.bits)) == bool(text.strip())


def test_the_name_of_a_special_token_is_text() -> None:
    ids, _ = causal()._encoding.encode("Say <|endoftext|> twice.")
    assert 0 not in ids.tolist()
    assert len(ids) > 8


@given(ODD)
@settings(max_examples=60)
def test_spans_are_words_in_order_and_lose_nothing(text: str) -> None:
    reader = causal()
    plan = reader.plan(text, "")
    found = scores_of(reader, plan, Worker(reader, linger=0).run(plan.rows, patient))
    spans = found.spans.tolist()
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert not np.isnan(found.bits).any() and (found.bits >= 0).all()
    rest = list(text)
    for start, stop in spans:
        assert text[start:stop].strip() == text[start:stop] != ""
        rest[start:stop] = " " * (stop - start)
    assert not "".join(rest).strip()


def test_rows_of_any_mix_are_read_alike() -> None:
    reader = causal()
    texts = [prose(n) for n in (1, 2, 3, 5, 9)]
    alone = [np.concatenate(bits(reader, text)) for text in texts]
    plans = [reader.plan(text, "") for text in texts]
    together = Worker(reader, linger=0).run([r for p in plans for r in p.rows], patient)
    assert np.abs(np.concatenate(together) - np.concatenate(alone)).max() < NEAR


@pytest.mark.parametrize("tile", [1, 700, 5_000, 1 << 20])
def test_no_tile_of_logits_changes_a_score(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from promptc.scorers import head

    reader = causal("llama")
    (expected,) = bits(reader, TEXT[:150])
    monkeypatch.setattr(head, "_COLUMNS", 100)
    made = causal("llama")
    hidden = torch.randn(7, 32, generator=torch.Generator().manual_seed(3))
    targets = torch.tensor([0, 5, 99, 100, 101, 250, 599])
    assert made._split is not None
    whole = made._split[1].bits(hidden, targets)
    assert torch.allclose(made._split[1].bits(hidden, targets, tile=tile), whole, atol=1e-5)
    monkeypatch.setattr(head, "TILE", tile)
    (found,) = bits(made, TEXT[:150])
    assert np.abs(found - expected).max() < NEAR


def test_logits_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from promptc.scorers.head import Head

    sizes: list[int] = []
    plain = Head._logits

    def watched(self: Head, hidden: Any, start: int, stop: int) -> Any:
        sizes.append(len(hidden) * (stop - start))
        return plain(self, hidden, start, stop)

    monkeypatch.setattr(Head, "_logits", watched)
    generator = torch.Generator().manual_seed(3)
    head = Head(torch.randn(5_000, 8, generator=generator))
    head.bits(torch.randn(300, 8, generator=generator), torch.arange(300), tile=100_000)
    assert max(sizes) <= 100_000
    assert sum(sizes) == 300 * 5_000


def test_bf16_is_near_float32() -> None:
    model = gpt2().to(torch.bfloat16)
    reader = Causal(Loaded(model, byte_level(), Place("cpu", "bfloat16"), "v"), read("causal:x"))
    (half,), (full,) = bits(reader, TEXT[:150]), bits(causal(), TEXT[:150])
    assert half.dtype == np.float32
    assert np.corrcoef(half, full)[0, 1] > 0.99


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Limit the tokens that a pass has memory for; the list tells what was tried."""

    def limit(tokens: int) -> list[int]:
        tried: list[int] = []
        plain = Causal.forward

        def forward(self: Causal, cache: Any = None, **given: Any) -> Any:
            tried.append(given["input_ids"].numel())
            if tried[-1] > tokens:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
            return plain(self, cache, **given)

        monkeypatch.setattr(Causal, "forward", forward)
        return tried

    return limit


def test_too_little_memory_halves_the_pass_and_goes_on(
    memory: Callable[[int], list[int]],
) -> None:
    reader = causal(options=",batch=600")
    rows = [reader.plan(prose(2)[n:], "").rows[0] for n in range(30)]
    expected = Worker(reader, linger=0).run(rows, patient)
    tried = memory(300)
    worker = Worker(reader, linger=0)
    found = worker.run(rows, patient)
    assert all(np.abs(a - b).max() < NEAR for a, b in zip(found, expected, strict=True))
    assert worker.counts.halved == sum(size > 300 for size in tried) > 0
    # What it learned it keeps: the passes after the first fit.
    assert worker.counts.halved < 4


def test_a_row_that_has_no_memory_alone_is_an_error(memory: Callable[[int], list[int]]) -> None:
    from promptc.errors import ModelError

    reader = causal()
    memory(5)
    worker = Worker(reader, linger=0)
    with pytest.raises(ModelError, match="set a smaller window"):
        worker.run(reader.plan(TEXT, "").rows, patient)
    assert len(worker.run([Row(3, (), np.array([0, 5, 6]), 1)], patient)[0]) == 2
