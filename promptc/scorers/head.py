"""The surprisal of tokens from a model's hidden states, a tile of logits at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from promptc.extras import need
from promptc.scorers import packing

TILE = 1 << 26
"""Logits that are in memory at once: 256 MB of float32."""
_COLUMNS = 1 << 16
_LEAST_ROWS = 256
_PACKED = 4096
"""Columns of a packed head that are made at once: with 256 rows they stay in a cache."""


class Head(NamedTuple):
    """What makes logits of hidden states: *weight* (vocabulary, width), *bias* (vocabulary,).

    *packed* is the weight once more, in parts of as many columns as are made at once.
    """

    weight: Any
    bias: Any | None = None
    packed: tuple[Any, ...] = ()

    def pack(self) -> Head:
        """Lay the weight out as a CPU multiplies it."""
        parts = self.weight.detach().split(_PACKED)
        return self._replace(packed=tuple(packing.packed(part.contiguous()) for part in parts))

    def bits(self, hidden: Any, targets: Any, *, tile: int = TILE) -> Any:
        """-log2 p of *targets*, (n,), under the logits of *hidden*, (n, width), in float32.

        At most *tile* logits exist at a time: rows are taken in parts, and where that leaves few
        of them, the vocabulary too, the sum of its parts kept as a logarithm.
        """
        torch = need("torch", "gpu")
        size = self.weight.shape[0]
        columns = size if size * _LEAST_ROWS <= tile else min(_COLUMNS, size)
        rows = max(tile // columns, 1)
        if self.packed:
            columns, rows = _PACKED, max(min(_LEAST_ROWS, tile // _PACKED), 1)
        found = [
            self._bits(part, wanted, columns)
            for part, wanted in zip(hidden.split(rows), targets.split(rows), strict=True)
        ]
        return torch.cat(found) / math.log(2) if found else hidden.new_zeros(0).float()

    def _bits(self, hidden: Any, targets: Any, columns: int) -> Any:
        """The surprisal in natural units; *columns* logits of each row at a time."""
        torch = need("torch", "gpu")
        size = self.weight.shape[0]
        if columns >= size:
            logits = self._logits(hidden, 0, size).float()
            return torch.nn.functional.cross_entropy(logits, targets, reduction="none")
        total, own = None, torch.zeros(len(targets), device=hidden.device)
        for start, stop in _edges(size, columns):
            logits = self._logits(hidden, start, stop).float()
            part = logits.logsumexp(-1)
            total = part if total is None else torch.logaddexp(total, part)
            here = (targets >= start) & (targets < stop)
            column = (targets - start).clamp(0, stop - start - 1)
            own = torch.where(here, logits.gather(1, column[:, None])[:, 0], own)
        return total - own

    def _logits(self, hidden: Any, start: int, stop: int) -> Any:
        torch = need("torch", "gpu")
        bias = None if self.bias is None else self.bias[start:stop]
        if self.packed:
            return packing.product(hidden, self.packed[start // _PACKED], bias)
        return torch.nn.functional.linear(hidden, self.weight[start:stop], bias)


def _edges(size: int, columns: int) -> Iterator[tuple[int, int]]:
    for start in range(0, size, columns):
        yield start, min(start + columns, size)


def split(model: Any) -> tuple[Any, Head] | None:
    """The part of *model* that ends in hidden states, and its head.

    ``None`` where the two together are not the model, as where logits are capped or scaled: a few
    tokens are read both ways to find out.
    """
    torch = need("torch", "gpu")
    body, last = model.base_model, model.get_output_embeddings()
    if body is model or getattr(last, "weight", None) is None:
        return None
    head = Head(last.weight, getattr(last, "bias", None))
    ids = torch.arange(8, device=last.weight.device)[None] % last.weight.shape[0]
    with torch.inference_mode():
        whole = model(input_ids=ids, use_cache=False).logits[0].float()
        hidden = body(input_ids=ids, use_cache=False).last_hidden_state[0]
        if hidden.shape[-1] != head.weight.shape[1]:
            return None
        parts = torch.nn.functional.linear(hidden, head.weight, head.bias).float()
    near = 1e-3 if whole.dtype == last.weight.dtype else 0.05
    same = torch.allclose(whole, parts, rtol=near, atol=near * float(whole.abs().max()))
    return (body, head) if same else None
