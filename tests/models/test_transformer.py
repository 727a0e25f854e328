"""The encoder in whole numbers: exact sums, and the vectors of the network that it rounds."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from promptc.models import transformer
from promptc.models.encoder import Encoder
from promptc.models.packed import DATA, Model, load, unpack
from promptc.models.transformer import EXACT, Product, Transformer, pooled, quantized
from training.encoder import packed

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "refund", "money", "the", "of", "cat", "##s", "."]
TEXTS = ["Refunds of money.", "The cats", "☃", "", "cat . cat of the money of the cats." * 8]


@pytest.fixture(scope="module")
def network() -> BertModel:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=96, num_hidden_layers=3, num_attention_heads=3,
        intermediate_size=1152, max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    return BertModel(config).eval()


@pytest.fixture(scope="module")
def model(network: BertModel) -> Model:
    return unpack(packed(network, PIECES, "small"), "small")


def theirs(network: BertModel, ids: list[int]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The direction of the mean of what the network makes of *ids*."""
    with torch.no_grad():
        found = network(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
    return np.asarray(found / np.linalg.norm(found), np.float32)


@pytest.mark.parametrize("length", [3, 12, 13, 50, 64])
def test_vectors_are_those_of_the_network(network: BertModel, model: Model, length: int) -> None:
    ids = [2, *np.random.default_rng(length).integers(4, 11, length - 2).tolist(), 3]
    sums = Transformer(model).sums([np.array(ids)])
    (ours,) = pooled(sums, np.array([length]))
    assert float(ours @ theirs(network, ids)) > 0.998


def test_a_network_with_other_weights_gives_other_vectors(network: BertModel) -> None:
    """What the test above compares is not the same for any network."""
    torch.manual_seed(2)
    other = BertModel(network.config).eval()
    ids = [2, 4, 5, 6, 3]
    assert float(theirs(network, ids) @ theirs(other, ids)) < 0.7


@settings(max_examples=30)
@given(st.integers(1, 40), st.sampled_from([(384, 96, 48), (1536, 48, 16)]), st.integers(0, 99))
def test_products_are_those_of_whole_numbers(
    count: int, sizes: tuple[int, int, int], seed: int
) -> None:
    deep, columns, width = sizes
    draw = np.random.default_rng(seed)
    held = quantized(draw.normal(size=(columns, deep)) ** 3, width)
    tiles = np.asarray(held[""], np.float32)
    levels = int(held[".levels"])
    ones = np.ones(columns, np.float32)
    rows = draw.normal(size=(count, deep)).astype(np.float32)
    numbers, steps = transformer._whole(rows, levels)
    found = transformer._times(rows, Product(tiles, ones, 0 * ones, levels))
    whole = tiles.swapaxes(0, 1).reshape(deep, columns).astype(np.int64)
    want = numbers.astype(np.int64) @ whole
    assert (found == want.astype(np.float32) * steps[:, None]).all()
    assert np.abs(whole).sum(axis=0).max() * levels < EXACT


def test_eight_bits_keep_each_weight_to_half_a_step() -> None:
    matrix = np.random.default_rng(1).normal(size=(96, 60))
    held = quantized(matrix, 48)
    back = held[""].swapaxes(0, 1).reshape(60, 96).T * np.asarray(held[".scales"])[:, None]
    assert (np.abs(back - matrix) <= np.asarray(held[".scales"])[:, None] * 0.501).all()


def test_the_bend_is_that_of_gelu(model: Model) -> None:
    x = np.linspace(-12, 12, 4801, dtype=np.float32)[None]
    want = [each * (1 + math.erf(each / math.sqrt(2))) / 2 for each in x[0].tolist()]
    np.testing.assert_allclose(Transformer(model)._gelu(x.copy())[0], want, atol=6e-4)


@pytest.mark.parametrize("shipped", [False, True])
def test_a_vector_does_not_depend_on_what_is_beside_it(model: Model, shipped: bool) -> None:
    encoder = Encoder(load(DATA / "encoder.bin") if shipped else model)
    together = encoder.embed(TEXTS * 4)
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS])
    assert (together == np.concatenate([alone] * 4)).all()
    with ThreadPoolExecutor(4) as pool:
        assert all((found == together).all() for found in pool.map(encoder.embed, [TEXTS * 4] * 4))


def test_a_text_without_known_words_has_no_direction(model: Model) -> None:
    found = Encoder(model).embed(TEXTS)
    assert found.any(axis=1).tolist() == [True, True, False, False, True]
    assert Encoder(model).embed([]).shape == (0, 96)


def test_all_of_a_long_text_is_read(model: Model) -> None:
    encoder = Encoder(model)
    long = "the cat " * 200
    (whole, same, more) = encoder.embed([long, long.strip(), long + "refund refund money"])
    assert (whole == same).all()
    assert 0.9 < float(whole @ more) < 0.99999
