"""Attention by blocks: what float64 says, and what is no case of it goes to transformers' own."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers

from promptc.scorers import attention
from promptc.scorers.attention import attend, blocks, filled
from promptc.scorers.packing import pack
from tests.scorers.tiny import seeded

PLAIN = torch.nn.functional.scaled_dot_product_attention
CAUSAL, FULL = SimpleNamespace(is_causal=True), SimpleNamespace(is_causal=False)


def drawn(time: int, heads: int = 4, shift: float = 0.0) -> list[torch.Tensor]:
    """Queries, keys and values; *shift* is what all keys share."""
    generator = torch.Generator().manual_seed(time + heads)
    made = [torch.randn(2, heads, time, 16, generator=generator) for _ in range(3)]
    made[1] += shift
    return [each.to(torch.bfloat16) for each in made]


def attended(
    module: Any, *given: torch.Tensor, mask: torch.Tensor | None = None, **more: Any
) -> torch.Tensor:
    query, key, value = given
    found: torch.Tensor = attend(module, query, key, value, mask, **more)[0]
    return found


def truth(given: list[torch.Tensor], **more: Any) -> torch.Tensor:
    wide = [each.double() for each in given]
    found: torch.Tensor = PLAIN(*wide, **more).transpose(1, 2)
    return found


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("time", [64, 127, 128, 129, 300])
def test_blocks_are_softmax_attention(time: int, causal: bool) -> None:
    given = drawn(time)
    found = attended(CAUSAL if causal else FULL, *given)
    expected = truth(given, is_causal=causal)
    assert found.shape == expected.shape
    assert (found.double() - expected).abs().max() < 0.03


def test_what_all_keys_share_costs_no_precision() -> None:
    given = drawn(200, shift=8.0)
    expected = truth(given)
    ours = (attended(FULL, *given).double() - expected).abs().max()
    products = (given[0] / 4) @ given[1].transpose(2, 3)
    naive = (products.softmax(-1) @ given[2]).transpose(1, 2).double() - expected
    assert ours < naive.abs().max() / 2


def test_padding_sees_nothing_and_is_not_seen() -> None:
    given, sizes = drawn(100), torch.tensor([100, 70])
    mask = (torch.arange(100) < sizes[:, None])[:, None, None].expand(2, 1, 100, 100)
    assert filled(mask) == (100, 70)
    found = attended(FULL, *given, mask=mask)
    expected = truth(given, attn_mask=mask)
    assert (found[0].double() - expected[0]).abs().max() < 0.03
    assert (found[1, :70].double() - expected[1, :70]).abs().max() < 0.03
    assert not found[1, 70:].any()


@pytest.mark.parametrize(
    "mask",
    [
        torch.ones(2, 1, 70, 70, dtype=torch.bool).tril(),
        torch.zeros(2, 1, 70, 70),
        (torch.arange(70) >= 5).expand(2, 1, 70, 70),
        torch.zeros(2, 1, 70, 70, dtype=torch.bool),
        torch.ones(2, 4, 70, 70, dtype=torch.bool),
    ],
    ids=["causal", "added", "padded in front", "nothing", "by head"],
)
def test_another_mask_goes_to_transformers_own(
    mask: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled(mask) is None
    monkeypatch.setattr(attention, "blocks", lambda *_, **__: pytest.fail("not for a mask"))
    found = attended(FULL, *drawn(70), mask=mask)
    assert found.shape == (2, 70, 4, 16)


def test_keys_that_several_queries_share_are_seen_by_each() -> None:
    query, key, value = drawn(80)
    few = [key[:, :2], value[:, :2]]
    module = SimpleNamespace(is_causal=True, num_key_value_groups=2)
    found = attended(module, query, *few, scaling=0.5)
    many = [each.repeat_interleave(2, 1) for each in few]
    expected = truth([query, *many], is_causal=True, scale=0.5)
    assert (found.double() - expected).abs().max() < 0.03


def test_a_decoder_that_has_read_before_goes_to_transformers_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attention, "blocks", lambda *_, **__: pytest.fail("not with a cache"))
    query, key, value = drawn(90)
    assert attended(CAUSAL, query[:, :, -70:], key, value).shape == (2, 70, 4, 16)


def test_a_model_attends_this_way_in_bf16_and_only_there() -> None:
    config = transformers.Qwen2Config(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
    )  # fmt: skip
    model = seeded(transformers.Qwen2ForCausalLM, config)
    assert not pack(copy.deepcopy(model)).attention
    half = model.to(torch.bfloat16)
    wide, own = copy.deepcopy(half).float(), copy.deepcopy(half)
    assert pack(own).attention
    ids = torch.arange(200)[None]
    with torch.inference_mode():
        expected, found = (each(input_ids=ids).logits.float() for each in (wide, own))
    assert (found - expected).abs().max() < 0.05 * expected.abs().max()


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("time", [150, 256, 600])
def test_a_head_at_a_time_is_all_of_them(
    time: int, causal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, found = drawn(time), []
    for cache in (1 << 40, 0):
        monkeypatch.setattr(attention, "_CACHE", cache)
        found.append(blocks(given[0] / 4, *given[1:], causal=causal))
    assert (found[0] - found[1]).abs().max() < 0.03
    assert (found[1].double() - truth(given, is_causal=causal)).abs().max() < 0.03
