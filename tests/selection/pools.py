"""Pools and tokenizers for the tests of selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promptc.protocols import Request
from promptc.selection.pool import Pool, pool
from promptc.tokens import get_tokenizer

TOKENIZER = get_tokenizer("gpt-4o")


@dataclass
class Mean:
    """A tokenizer whose counts do not add up: each text costs one more than its length says."""

    name: str = "mean"
    exact: bool = True
    calls: int = 0

    def count(self, text: str) -> int:
        self.calls += 1
        return len(text) // 3 + 1


def request(tokens: int, tokenizer: Mean | None = None, query: str = "") -> Request:
    return Request(tokens, tokenizer or TOKENIZER, query)


def pooled(texts: Sequence[str], of: Request | None = None) -> Pool:
    return pool(texts, of or request(10))


def chosen(units: Pool, *numbers: int) -> NDArray[np.bool_]:
    found = np.zeros(len(units), np.bool_)
    found[list(numbers)] = True
    return found
