"""Attention in bfloat16 on a CPU, some of the queries at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from promptc.extras import need

NAME = "promptc"
"""How transformers calls it in a model's configuration."""
_BLOCK, _ALONE = 128, 256
_CACHE = 1 << 20
"""Bytes of a core's own cache: what all heads make of a block should fit."""
_ALIGNED = 32
"""Products and softmax are fastest on a multiple of so many keys; what fills them up is hidden."""
_LEAST = 64
_SPECIAL = ("softcap", "position_bias", "s_aux")


def register() -> bool:
    """Make it known to transformers; whether that version can be told."""
    transformers = need("transformers", "gpu")
    try:
        masks = need("transformers.masking_utils", "gpu")
        transformers.AttentionInterface.register(NAME, attend)
        transformers.AttentionMaskInterface.register(NAME, masks.sdpa_mask)
    except AttributeError:
        return False
    return True


def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any | None, **given: Any
) -> tuple[Any, None]:
    """Attend as transformers' ``sdpa`` does, faster where only padding or what comes later is
    masked.

    *query*: (batch, heads, time, width); *key* and *value* perhaps of fewer heads. Returns
    (batch, time, heads, width).
    """
    time = query.shape[2]
    lengths = None if attention_mask is None else filled(attention_mask)
    masked = attention_mask is not None and lengths is None
    special = any(given.get(each) is not None for each in _SPECIAL)
    if masked or special or not _LEAST <= time == key.shape[2]:
        sdpa = need("transformers.integrations.sdpa_attention", "gpu").sdpa_attention_forward
        done: tuple[Any, None] = sdpa(module, query, key, value, attention_mask, **given)
        return done
    scale = given.get("scaling") or query.shape[-1] ** -0.5
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (each.repeat_interleave(groups, 1) for each in (key, value))
    if lengths is not None:
        return _each(lengths, query * scale, key, value), None
    causal = given.get("is_causal")
    causal = getattr(module, "is_causal", True) if causal is None else causal
    return blocks(query * scale, key, value, causal=bool(causal)), None


@lru_cache(maxsize=1)
def filled(mask: Any) -> tuple[int, ...] | None:
    """How many tokens each text has before its padding; ``None`` where *mask* says anything else.

    *mask*, (batch, 1, time, time), is true where a query sees a key. All layers of a pass are given
    the same one.
    """
    torch = need("torch", "gpu")
    if mask.dtype != torch.bool or mask.dim() != 4 or mask.shape[1] != 1:
        return None
    sizes = mask[:, 0, 0].sum(-1)
    plain = torch.arange(mask.shape[-1]) < sizes[:, None]
    same = bool((mask == plain[:, None, None]).all())
    return tuple(sizes.tolist()) if same and int(sizes.min()) > 0 else None


def _each(lengths: tuple[int, ...], query: Any, key: Any, value: Any) -> Any:
    """Attend in each text by itself; what pads it is nothing."""
    batch, heads, time, _ = query.shape
    found = value.new_empty(batch, time, heads, value.shape[-1])
    for at, size in enumerate(lengths):
        own = (each[at : at + 1, :, :size] for each in (query, key, value))
        found[at : at + 1, :size] = blocks(*own, causal=False)
        found[at, size:] = 0
    return found


def blocks(query: Any, key: Any, value: Any, *, causal: bool) -> Any:
    """Softmax of *query* by *key*, times *value*, each (batch, heads, time, width).

    Returns (batch, time, heads, width). Products are made in bfloat16, so the mean of all keys is
    taken away before: it adds the same to all that a query sees, which the softmax forgets, and
    what is left is rounded less.
    """
    torch = need("torch", "gpu")
    batch, heads, time, _ = query.shape
    key = key - key.mean(2, keepdim=True, dtype=torch.float32).to(key.dtype)
    key, value = (_aligned(each) for each in (key, value))
    found = value.new_empty(batch, time, heads, value.shape[-1])
    # Of a causal block half is seen on average.
    weights = heads * _BLOCK * time * (1 if causal else 2)
    if weights <= _CACHE:
        _together(found, (query, key, value), causal=causal)
        return found
    for at in range(batch):
        for head in range(heads):
            own = (query[at, head], key[at, head], value[at, head])
            _alone(found[at, :, head], own, causal=causal)
    return found


def _together(found: Any, given: tuple[Any, Any, Any], *, causal: bool) -> None:
    """Attend with all heads, some queries at a time."""
    torch = need("torch", "gpu")
    batch, time, heads, _ = found.shape
    rows, keys, values = (each.reshape(batch * heads, each.shape[2], -1) for each in given)
    columns = keys.transpose(1, 2).contiguous()
    for start, stop, seen in _parts(time, _BLOCK, causal):
        weights = torch.bmm(rows[:, start:stop], columns[..., :seen])
        part = torch.bmm(_shares(weights, start, time, causal), values[:, :seen])
        found[:, start:stop] = part.view(batch, heads, stop - start, -1).transpose(1, 2)


def _alone(found: Any, given: tuple[Any, Any, Any], *, causal: bool) -> None:
    """Attend with one head, whose weights stay in a core's own cache."""
    torch, (rows, keys, values) = need("torch", "gpu"), given
    time = len(found)
    for start, stop, seen in _parts(time, _ALONE if causal else 2 * _ALONE, causal):
        weights = torch.mm(rows[start:stop], keys[:seen].t())
        found[start:stop] = torch.mm(_shares(weights, start, time, causal), values[:seen])


def _aligned(given: Any) -> Any:
    """*given*, (batch, heads, time, width), with zeros behind it."""
    more = -given.shape[2] % _ALIGNED
    return need("torch", "gpu").nn.functional.pad(given, (0, 0, 0, more)) if more else given


def _parts(time: int, size: int, causal: bool) -> Iterator[tuple[int, int, int]]:
    """Queries from one to another, and how many keys some of them see."""
    for start in range(0, time, size):
        stop = min(start + size, time)
        seen = stop if causal else time
        yield start, stop, seen + -seen % _ALIGNED


def _shares(weights: Any, start: int, time: int, causal: bool) -> Any:
    """The softmax of *weights*, (…, queries, keys), of queries from *start* on, of *time*."""
    torch = need("torch", "gpu")
    if causal:
        late = weights[..., start:]
        later = torch.ones(late.shape[-2:], dtype=torch.bool).triu_(1)
        late.masked_fill_(later, float("-inf"))
    else:
        weights[..., time:] = float("-inf")
    return torch.softmax(weights, -1)
