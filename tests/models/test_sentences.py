"""Any sentence-transformers model embeds; a tiny one is made here."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from promptc.errors import ConfigError, IndexFileError, MissingExtra
from promptc.models import embedder
from promptc.retrieval import Index
from tests.retrieval.documents import built

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] laptop phone return days ship free the a in".split()  # noqa: SIM905


def tiny(folder: Path, seed: int) -> str:
    """Save a model with random weights; its path."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel
    from transformers.models.bert import BertTokenizerFast

    torch.manual_seed(seed)
    raw = folder / f"raw{seed}"
    raw.mkdir(parents=True)
    (raw / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(raw)
    word = Transformer(str(raw), max_seq_length=32)
    pooled = Pooling(word.get_word_embedding_dimension())
    saved = folder / f"model{seed}"
    SentenceTransformer(modules=[word, pooled], device="cpu").save(str(saved))
    return str(saved)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two models of different weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = tmp_path_factory.mktemp("models")
        return tiny(folder, 1), tiny(folder, 2)


@pytest.mark.filterwarnings("ignore")
def test_a_model_embeds_to_rows_of_length_one(models: tuple[str, str]) -> None:
    model = embedder(models[0])
    rows = model.embed(["return a laptop", "the phone"])
    assert rows.shape == (2, model.dims) == (2, 16)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert model.embed([]).shape == (0, 16)


@pytest.mark.filterwarnings("ignore")
def test_the_version_is_that_of_the_weights(models: tuple[str, str]) -> None:
    one, two = (embedder(name) for name in models)
    assert one.version != two.version
    assert len(one.version) == 12


@pytest.mark.filterwarnings("ignore")
def test_an_index_names_its_model_and_refuses_other_weights(
    models: tuple[str, str], tmp_path: Path
) -> None:
    built(embedder=embedder(models[0])).save(tmp_path / "index")
    opened = Index.open(tmp_path / "index")
    assert opened.embedder is embedder(models[0])
    assert "30 days" in opened.search("return a laptop", 1)[0].text
    with pytest.raises(IndexFileError, match="rebuild it: promptc index"):
        Index.open(tmp_path / "index", embedder(models[1]))


@pytest.mark.filterwarnings("ignore")
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"can't be loaded .*; give the name of a sent"):
        embedder(str(tmp_path))


def test_without_the_package_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(
        MissingExtra, match=r'sentence_transformers is not .*pip install ".+\[gpu\]"'
    ):
        embedder("some/model")
