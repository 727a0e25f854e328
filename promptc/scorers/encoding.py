"""Texts to a model's ids and back to characters, by its own tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from promptc.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIECE = 200_000
"""Characters that are encoded at once: a tokenizer takes a hundred times the memory of a text."""
_LONE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile(r"(?<=\S)[ \n](?=\w)")


class Encoding:
    """A copy of a tokenizer that reads every text as text, the names of special tokens too.

    Safe to use from many threads.
    """

    def __init__(self, given: Any, name: str) -> None:
        """Copy the tokenizer of transformers that was *given* for the model *name*."""
        from tokenizers import Tokenizer

        own = getattr(given, "backend_tokenizer", None)
        if own is None:
            raise ModelError(
                f"{name}: its tokenizer can't tell where tokens stand; choose a model that has a "
                "tokenizer.json"
            )
        self._own = Tokenizer.from_str(own.to_str())
        self._own.no_truncation()
        self._own.no_padding()
        self._own.encode_special_tokens = True

    def encode(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The ids of *text*, (n,), without special tokens, and the characters of each, (n, 2)."""
        import numpy as np

        # What can't be written as UTF-8 is one unknown character to a model.
        text = _LONE.sub("\ufffd", text)
        ids, offsets = list[Any](), list[Any]()
        for start, stop in _pieces(text):
            found = self._own.encode(text[start:stop], add_special_tokens=False)
            ids.append(np.array(found.ids, np.int64))
            offsets.append(np.array(found.offsets, np.int64).reshape(-1, 2) + start)
        return np.concatenate(ids), np.concatenate(offsets)

    def token(self, id: int) -> str:
        """How the token *id* is written."""
        return self._own.id_to_token(id) or ""

    def id(self, token: str) -> int | None:
        """The id of *token*; ``None`` where there is none."""
        found: int | None = self._own.token_to_id(token)
        return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut a long text before single spaces, where no token that a model knows goes on."""
    start = 0
    while len(text) - start > _PIECE:
        edge = start + _PIECE
        breaks = [match.start() for match in _BREAK.finditer(text, edge - 2_000, edge)]
        stop = breaks[-1] if breaks else edge
        yield start, stop
        start = stop
    yield start, len(text)
