"""Packed weights say what they said before; what can't be packed runs as it is."""

from __future__ import annotations

import copy
import os
import platform
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from promptc.protocols import patient
from promptc.scorers import packing
from promptc.scorers.causal import Causal
from promptc.scorers.classifier import Classifier
from promptc.scorers.loading import Loaded, Place
from promptc.scorers.named import read
from promptc.scorers.packing import Packing, pack
from promptc.scorers.worker import Worker
from tests.compressing.samples import prose
from tests.scorers.test_causal import MODELS, ids_of, reference
from tests.scorers.tiny import bert, byte_level, gemma2, gpt2, llama, roberta, seeded, wordpiece

MAKERS = (gpt2, llama, gemma2, bert, roberta)
IDS = torch.arange(5, 45)[None]
FAULTS = """
import resource, torch
from promptc.scorers.packing import keep_pages
keep_pages()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    held = [torch.ones(2 << 20) for _ in range(3)]
    del held
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def neo_x() -> Any:
    """A model whose own code gelu's what a layer with another name makes."""
    return seeded(
        transformers.GPTNeoXForCausalLM,
        transformers.GPTNeoXConfig(
            vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=64, max_position_embeddings=64, initializer_range=0.4,
        ),
    )  # fmt: skip


def opt() -> Any:
    """A model that is no model of the others' making: ReLU, and two layers beside its head."""
    return seeded(
        transformers.OPTForCausalLM,
        transformers.OPTConfig(
            vocab_size=300, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64,
            max_position_embeddings=64, word_embed_proj_dim=16,
        ),
    )  # fmt: skip


def glibc() -> bool:
    return platform.libc_ver()[0] == "glibc" and not any(
        name.startswith("MALLOC_") for name in os.environ
    )


def packed(model: Any) -> tuple[Any, Packing]:
    """A packed copy."""
    other = copy.deepcopy(model).requires_grad_(False)
    return other, pack(other)


def said(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = model(input_ids=IDS).logits
    return logits.float()


@pytest.mark.parametrize("make", [*MAKERS, neo_x, opt], ids=lambda make: make.__name__)
def test_a_packed_model_says_the_same(make: Any) -> None:
    model = make()
    other, done = packed(model)
    assert done.packed == done.linear > 0
    assert torch.allclose(said(other), said(model), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", [*MAKERS, neo_x, opt], ids=lambda make: make.__name__)
def test_a_packed_model_says_about_the_same_in_bf16(make: Any) -> None:
    model = make().to(torch.bfloat16)
    wide = said(copy.deepcopy(model).float())
    other, done = packed(model)
    off, plain = (said(other) - wide).abs().max(), (said(model) - wide).abs().max()
    assert done.packed == done.linear > 0
    # No further from the truth than what it takes the place of, but for chance.
    assert off < 2 * plain + 0.02 * wide.abs().max()


@pytest.mark.parametrize(
    ("make", "fused"), [(gpt2, 2), (llama, 2), (bert, 2), (roberta, 2), (gemma2, 2), (opt, 2)]
)
def test_activations_are_done_in_the_layers_before_them(make: Any, fused: int) -> None:
    assert packed(make())[1].fused == fused


def test_surprisal_of_a_packed_model_is_that_of_the_reference() -> None:
    model, done = packed(MODELS["gpt2"])
    reader = Causal(
        Loaded(model, byte_level(), Place("cpu", "float32"), "v", done), read("causal:x")
    )
    assert reader._split is not None and reader._split[1].packed
    text = prose(12)[:120]
    (found,) = Worker(reader, linger=0).run(reader.plan(text, "").rows, patient)
    expected = reference(MODELS["gpt2"], [0, *ids_of(text)], 1)
    assert np.abs(found - expected).max() < 1e-4


def test_a_head_of_many_parts_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from promptc.scorers import head

    monkeypatch.setattr(head, "_PACKED", 100)
    generator = torch.Generator().manual_seed(3)
    plain = head.Head(
        torch.randn(733, 16, generator=generator), torch.randn(733, generator=generator)
    )
    hidden, targets = torch.randn(300, 16, generator=generator), torch.arange(300) * 7 % 733
    own = plain.pack()
    assert len(own.packed) == 8
    assert torch.allclose(own.bits(hidden, targets), plain.bits(hidden, targets), atol=1e-4)


def test_probabilities_of_a_packed_classifier_are_those_of_the_plain_one() -> None:
    model, done = packed(bert())
    place, text = Place("cpu", "float32"), prose(12)
    found = []
    for each, how in ((model, done), (bert(), Packing())):
        reader = Classifier(Loaded(each, wordpiece(), place, "v", how), read("classifier:x"))
        found.append(
            np.concatenate(Worker(reader, linger=0).run(reader.plan(text, "").rows, patient))
        )
    assert np.abs(found[0] - found[1]).max() < 1e-5


def test_what_was_packed_comes_back_to_the_last_bit() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        model = gpt2().to(dtype)
        before = copy.deepcopy(model.state_dict())
        layers = list(packing._layers(model))
        for layer in layers:
            layer.pack()
        assert len(model.state_dict()) < len(before)
        for layer in layers:
            layer.unpack()
        after = model.state_dict()
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)


class Scaled(torch.nn.Module):  # type: ignore[misc]
    """A module whose code looks at the weight of a layer, not only at what it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(32, 32)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return self.inner(given) * self.inner.weight.abs().mean()


def test_a_model_that_reads_its_weights_itself_is_left_alone() -> None:
    model = bert()
    model.bert.encoder.layer[0].attention.output.dropout = Scaled()
    expected = said(model)
    other, done = packed(model)
    assert (done.packed, str(done)) == (0, "not packed")
    assert torch.equal(said(other), expected)


class Twice(torch.nn.Module):  # type: ignore[misc]
    """What its layer makes is used before the activation, too."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner, self.act = inner, torch.nn.GELU()

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        made = self.inner(given)
        return self.act(made) + made


def test_an_activation_that_is_not_all_that_reads_a_layer_stays_where_it_is() -> None:
    model = bert()
    first = model.bert.encoder.layer[0].intermediate
    first.dense = Twice(first.dense)
    expected = said(model)
    other, done = packed(model)
    assert done.packed == done.linear and done.fused == 0
    assert torch.allclose(said(other), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (torch.nn.GELU(), ("gelu", "none")),
        (torch.nn.GELU(approximate="tanh"), ("gelu", "tanh")),
        (transformers.activations.ACT2FN["gelu_new"], ("gelu", "tanh")),
        (transformers.activations.ACT2FN["silu"], ("swish", "")),
        (torch.nn.ReLU(), ("relu", "")),
        (transformers.activations.ACT2FN["quick_gelu"], None),
        (torch.nn.Dropout(0.1).eval(), None),
        (torch.nn.Softmax(-1), None),
        (torch.nn.Flatten(5), None),
    ],
    ids=lambda each: type(each).__name__,
)
def test_an_activation_is_known_by_what_it_does(module: Any, name: Any) -> None:
    assert packing._function(module) == name


def test_where_torch_lacks_what_it_takes_nothing_is_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model, done = packed(bert())
    assert (done.packed, done.linear > 0) == (0, True)
    assert torch.equal(said(model), said(bert()))


def test_weights_that_two_layers_share_stay_one() -> None:
    model = bert()
    one, two = (layer.output.dense for layer in model.bert.encoder.layer)
    two.weight = one.weight
    other, done = packed(model)
    assert done.packed == done.linear - 2
    assert str(done) == f"{done.packed} of {done.linear} packed"
    assert torch.allclose(said(other), said(model), rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not glibc(), reason="only glibc learns what to keep")
def test_memory_that_a_layer_lets_go_stays_for_the_next_one() -> None:
    faults = int(subprocess.check_output([sys.executable, "-c", FAULTS]))
    once = 3 * (8 << 20) // os.sysconf("SC_PAGE_SIZE")
    assert faults < 2 * once
