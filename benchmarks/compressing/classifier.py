"""A token classifier of LLMLingua-2's shape with random weights: what such a model costs to run.

The shape is BERT base: 12 layers of 768, 12 heads, chunks of 512 tokens, a head with two labels.
Random weights take as long as trained ones. Tokenizing and choosing words are left out, which
favors it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from promptc.tokens.encodings import load_encoding

WIDTH, LAYERS, HEADS, CHUNK, VOCABULARY = 768, 12, 12, 512, 30_522


def classifier(threads: int) -> Callable[[str], None]:
    """Build the model; the call runs it over one text. Raises `ImportError` without torch."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    model = _Model(torch)
    encoding = load_encoding("o200k_base")

    def run(text: str) -> None:
        ids = [token % VOCABULARY for token in encoding.encode(text, disallowed_special=())]
        ids += [0] * (-len(ids) % CHUNK)
        with torch.inference_mode():
            model(torch.tensor(ids).view(-1, CHUNK))

    return run


class _Model:
    """The layers, in torch's own encoder."""

    def __init__(self, torch: Any) -> None:
        nn = torch.nn
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 4 * WIDTH, activation="gelu", batch_first=True
        )
        self._words = nn.Embedding(VOCABULARY, WIDTH).eval()
        self._places = nn.Parameter(torch.randn(CHUNK, WIDTH))
        self._layers = nn.TransformerEncoder(layer, LAYERS).eval()
        self._head = nn.Linear(WIDTH, 2).eval()

    def __call__(self, ids: Any) -> Any:
        return self._head(self._layers(self._words(ids) + self._places)).softmax(-1)
