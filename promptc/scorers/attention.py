"""Attention in bfloat16 on a CPU, some of the queries at a time."""

from __future__ import annotations

from typing import Any

from promptc.extras import need

NAME = "promptc"
"""How transformers calls it in a model's configuration."""
_BLOCK = 128
_LEAST = 16


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
    """Attend as transformers' ``sdpa`` does, faster where nothing is masked but what comes later.

    *query*: (batch, heads, time, width); *key* and *value* perhaps of fewer heads. Returns
    (batch, time, heads, width).
    """
    time = query.shape[2]
    special = any(given.get(each) is not None for each in ("softcap", "position_bias"))
    if attention_mask is not None or special or not _LEAST <= time == key.shape[2]:
        sdpa = need("transformers.integrations.sdpa_attention", "gpu").sdpa_attention_forward
        done: tuple[Any, None] = sdpa(module, query, key, value, attention_mask, **given)
        return done
    causal = given.get("is_causal")
    causal = getattr(module, "is_causal", True) if causal is None else causal
    scale = given.get("scaling") or query.shape[-1] ** -0.5
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (each.repeat_interleave(groups, 1) for each in (key, value))
    return blocks(query * scale, key, value, causal=bool(causal)).transpose(1, 2), None


def blocks(query: Any, key: Any, value: Any, *, causal: bool) -> Any:
    """Softmax of *query* by *key*, times *value*, each (batch, heads, time, width).

    Products are made in bfloat16, so the mean of all keys is taken away before: it adds the same to
    all that a query sees, which the softmax forgets, and what is left is rounded less.
    """
    torch = need("torch", "gpu")
    batch, heads, time, _ = query.shape
    # The mean is taken in float32.
    key = (key - key.mean(2, keepdim=True, dtype=torch.float32)).to(query.dtype)
    rows, values = (each.reshape(batch * heads, time, -1) for each in (query, value))
    columns = key.reshape(batch * heads, time, -1).transpose(1, 2).contiguous()
    later = torch.ones(_BLOCK, _BLOCK, dtype=torch.bool).triu_(1)
    found = torch.empty_like(values)
    for start in range(0, time, _BLOCK):
        stop = min(start + _BLOCK, time)
        seen = stop if causal else time
        weights = torch.bmm(rows[:, start:stop], columns[..., :seen])
        if causal:
            own = later[: stop - start, : stop - start]
            weights[..., start:stop].masked_fill_(own, float("-inf"))
        weights = torch.softmax(weights, -1)
        found[:, start:stop] = torch.bmm(weights, values[:, :seen])
    return found.view(batch, heads, time, -1)
