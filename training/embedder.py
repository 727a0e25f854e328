"""Distill the static embedder from all-MiniLM-L6-v2: python -m training.embedder [-o FILE].

model2vec passes every word piece through the network alone, keeps the 256 main components of what
comes out, and weighs each row by how common its piece is. Nothing is drawn at random: the same
packages on the same machine give the same file. Elsewhere the last bits of the network's
arithmetic differ, and with them a few of the integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promptc.models.packed import join_words, pack
from promptc.models.static import quantize
from training import minilm

NAME = "all-MiniLM-L6-v2-static-256"
DIMS = 256

# What model2vec puts first in the vocabulary: padding, and the unknown piece, which has no meaning.
_SPECIAL = 2


def main() -> None:
    minilm.write(__doc__, "embedder.bin", lambda: packed(*distilled()))


def distilled() -> tuple[NDArray[np.float32], list[str]]:
    """The vectors, and the word piece of each."""
    from model2vec.distill import distill

    model = distill(model_name=str(minilm.folder()), pca_dims=DIMS, device="cpu")
    vocabulary: dict[str, int] = model.tokenizer.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    return np.asarray(model.embedding, np.float32), pieces


def packed(vectors: NDArray[np.float32], pieces: list[str]) -> bytes:
    """The file that the package ships."""
    rows, scales = quantize(vectors[_SPECIAL:])
    facts = {**minilm.FACTS, "name": NAME}
    arrays = {"rows": rows, "scales": scales, "pieces": join_words(pieces[_SPECIAL:])}
    return pack(facts, arrays)


if __name__ == "__main__":
    main()
