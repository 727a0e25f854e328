"""Round all-MiniLM-L6-v2 to 8 bits: python -m training.encoder [-o FILE].

Nothing is trained and nothing drawn: equal weights give an equal file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptc.models.packed import join_words, pack
from promptc.models.transformer import eight_bits, quantized
from training import minilm

NAME = "all-MiniLM-L6-v2-int8"
LONGEST = 256
"""Tokens that sentence-transformers gives this model at most."""

_WIDE, _NARROW = 48, 16
"""Columns of a tile: of matrices with few rows, and of those with many."""
_MANY = 1000


def main() -> None:
    minilm.write(__doc__, "encoder.bin", lambda: packed(*shipped()))


def shipped() -> tuple[Any, list[str]]:
    """The model, as transformers loads it, and its word pieces."""
    from transformers import BertModel

    folder = minilm.folder()
    return BertModel.from_pretrained(folder), (folder / "vocab.txt").read_text().split()


def packed(model: Any, pieces: list[str], name: str = NAME) -> bytes:
    """The file that holds *model*, a `BertModel` of transformers."""
    facts = {
        **minilm.FACTS,
        "name": name,
        "heads": model.config.num_attention_heads,
        "layers": model.config.num_hidden_layers,
    }
    weights = {key: value.detach().float().numpy() for key, value in model.state_dict().items()}
    arrays = {"pieces": join_words(pieces), **_words(weights)}
    for number in range(model.config.num_hidden_layers):
        found = _layer(weights, f"encoder.layer.{number}.")
        arrays |= {f"{number}.{key}": array for key, array in found.items()}
    return pack(facts, arrays)


def _words(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    rows, scales = eight_bits(weights["embeddings.word_embeddings.weight"])
    positions = weights["embeddings.position_embeddings.weight"][:LONGEST]
    return {
        "words": rows.astype(np.int8),
        "words.scales": scales,
        "positions": positions + weights["embeddings.token_type_embeddings.weight"][0],
        "words.norm": _norm(weights, "embeddings."),
    }


def _layer(weights: Mapping[str, NDArray[np.float32]], prefix: str) -> dict[str, NDArray[Any]]:
    names = {
        "attention": [f"attention.self.{part}" for part in ("query", "key", "value")],
        "attended": ["attention.output.dense"],
        "up": ["intermediate.dense"],
        "down": ["output.dense"],
    }
    found: dict[str, NDArray[Any]] = {
        "halfway.norm": _norm(weights, f"{prefix}attention.output."),
        "end.norm": _norm(weights, f"{prefix}output."),
    }
    for key, parts in names.items():
        matrix = np.concatenate([weights[f"{prefix}{part}.weight"] for part in parts])
        bias = np.concatenate([weights[f"{prefix}{part}.bias"] for part in parts])
        width = _NARROW if matrix.shape[1] > _MANY else _WIDE
        found |= {f"{key}{end}": array for end, array in quantized(matrix, width).items()}
        found[f"{key}.bias"] = bias
    return found


def _norm(weights: Mapping[str, NDArray[np.float32]], prefix: str) -> NDArray[np.float32]:
    """Gain and shift: (2, dims)."""
    return np.stack([weights[f"{prefix}LayerNorm.{part}"] for part in ("weight", "bias")])


if __name__ == "__main__":
    main()
