"""What a call of llmlingua's is asked for, held against what promptc does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promptc.budget import Budget
from promptc.errors import ConfigError, nearest
from promptc.prices import price
from promptc.tokens import get_tokenizer

COUNTED, PRICED = "gpt-3.5-turbo", "gpt-4"
"""Whose tokens are counted, and at whose price, as the package does."""

#: Arguments that choose how the package ranks, walks or cuts: promptc has its own way of each.
ITS_OWN: dict[str, Any] = {
    "iterative_size": 200,
    "keep_split": False,
    "high_priority_bonus": 100,
    "context_budget": "+100",
    "token_budget_ratio": 1.4,
    "condition_in_question": "none",
    "condition_compare": False,
    "add_instruction": False,
    "rank_method": "llmlingua",
    "token_to_word": "mean",
    "chunk_end_tokens": [".", "\n"],
    "word_sep": "\t\t|\t\t",
    "label_sep": " ",
    "strict_preserve_uncompressed": True,
    "use_sentence_level_filter": False,
    "use_context_level_filter": True,
    "drop_consecutive": False,
}
#: Arguments without a counterpart: given another value than this, the call is refused.
REFUSED: dict[str, Any] = {
    "force_context_number": None,
    "keep_first_sentence": 0,
    "keep_last_sentence": 0,
    "keep_sentence_number": 0,
    "dynamic_context_compression_ratio": 0.0,
    "context_segs": None,
    "context_segs_rate": None,
    "context_segs_compress": None,
    "target_context": -1,
    "context_level_rate": 1.0,
    "context_level_target_token": -1,
    "return_word_label": False,
}
_DIGITS = re.compile(r"\S*\d\S*")


@dataclass(frozen=True)
class Asked:
    """One call, its arguments held against what there is."""

    contexts: tuple[str, ...]
    instruction: str
    question: str
    force_tokens: tuple[str, ...]
    digits: bool
    forced: tuple[int, ...]
    filters: bool
    concatenates: bool

    @classmethod
    def read(
        cls,
        context: str | Sequence[str],
        instruction: str,
        question: str,
        more: dict[str, Any],
        call: str = "compress_prompt",
    ) -> Asked:
        """Raise `ConfigError` for an argument that *call* has not, or that nothing here does."""
        known = [
            "force_tokens", "force_reserve_digit", "force_context_ids", "use_token_level_filter",
            "concate_question", "reorder_context",
        ]  # fmt: skip
        for name, value in more.items():
            if name not in (*known, *ITS_OWN, *REFUSED):
                choice = nearest(name, [*known, *ITS_OWN, *REFUSED])
                raise ConfigError(f"{call} has no argument {name!r}; {choice}")
            if name in REFUSED and value != REFUSED[name]:
                raise ConfigError(f"{name}={value!r}: promptc has no such choice; leave it out")
        order = more.get("reorder_context", "original")
        if order != "original":
            raise ConfigError(f"reorder_context={order!r}: contexts keep their order here")
        return cls(
            contexts=(context,) if isinstance(context, str) else tuple(context),
            instruction=instruction,
            question=question,
            force_tokens=tuple(more.get("force_tokens") or ()),
            digits=bool(more.get("force_reserve_digit", False)),
            forced=tuple(more.get("force_context_ids") or ()),
            filters=bool(more.get("use_token_level_filter", True)),
            concatenates=bool(more.get("concate_question", True)),
        )


def budget(asked: Asked, rate: float, target: float) -> int:
    """Tokens that the contexts may keep, as the package counts."""
    count = get_tokenizer(COUNTED).count
    if target != -1:
        if target < 0:
            raise ValueError(f"target_token must be 0 or more, or -1 for none, got {target}")
        return int(target)
    fixed = sum(count(each) for each in (asked.instruction, asked.question) if each)
    total = fixed + sum(count(each) for each in asked.contexts if each)
    kept = fixed if asked.concatenates else count(asked.instruction) if asked.instruction else 0
    return max(Budget(rate=rate).limit(total) - kept, 0)


def keep(texts: Sequence[str], asked: Asked) -> tuple[str, ...]:
    """What must stay: the tokens that are forced, and with *digits* every word with one."""
    found = [each for each in asked.force_tokens if each.strip() and any(each in t for t in texts)]
    if asked.digits:
        found += [match for text in texts for match in _DIGITS.findall(text)]
    return tuple(dict.fromkeys(found))


def figures(before: str, after: str) -> dict[str, Any]:
    """The package's figures, of its types: most of them are texts."""
    count = get_tokenizer(COUNTED).count
    was, now = count(before), count(after)
    ratio = was / now if now else 1.0
    saved = price(PRICED).input * Decimal(was - now) / 1_000_000
    return {
        "compressed_prompt": after,
        "origin_tokens": was,
        "compressed_tokens": now,
        "ratio": f"{ratio:.1f}x",
        "rate": f"{100 / ratio:.1f}%",
        "saving": f", Saving ${saved:.1f} in GPT-4.",
    }
