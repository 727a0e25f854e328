"""`PromptCompressor` as the package llmlingua has it: change the import, keep the calls.

The constructor, the arguments of `compress_prompt` and the keys and types of its result are those
of llmlingua 0.2.2. What comes back are parts of the contexts, verbatim and in order, within the
budget. An argument whose meaning is tied to how that package works is refused, not ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promptc import compressing
from promptc.budget import Budget
from promptc.errors import BudgetError, ConfigError, nearest
from promptc.options import Options
from promptc.prices import price
from promptc.scorers import EMBEDDED, scorer
from promptc.tokens import get_tokenizer

COUNTED, PRICED = "gpt-3.5-turbo", "gpt-4"
"""Whose tokens are counted, and at whose price, as the package does."""

#: Arguments that choose how the package ranks, walks or cuts: promptc has its own way of each.
_ITS_OWN: dict[str, Any] = {
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
_REFUSED: dict[str, Any] = {
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
_REFERENCE = re.compile(r"(\s*<#\w+#>\s?)(.*?)(\s?<#\w+#>\s*)", re.DOTALL)
_DIGITS = re.compile(r"\S*\d\S*")


class PromptCompressor:
    """Compresses prompts as `llmlingua.PromptCompressor` is called to.

    *model_name* is read by promptc's scorer ``classifier`` with *use_llmlingua2* or *use_slingua*,
    by ``causal`` otherwise; without one nothing is downloaded, and the scorer in the package is
    used. Names of promptc's scorers, as ``"remote:http://…"``, are taken too. Safe to use from many
    threads.
    """

    def __init__(  # noqa: PLR0913 - the package's own
        self,
        model_name: str = EMBEDDED,
        device_map: str = "auto",
        model_config: Mapping[str, Any] | None = None,
        open_api_config: Mapping[str, Any] | None = None,
        use_llmlingua2: bool = False,
        use_slingua: bool = False,
        llmlingua2_config: Mapping[str, Any] | None = None,
    ) -> None:
        if open_api_config:
            raise ConfigError(
                "open_api_config is for rankers that send texts to a service; promptc has none"
            )
        if (model_config or {}).get("trust_remote_code"):
            raise ConfigError(
                "model_config: promptc runs no code of models; drop trust_remote_code"
            )
        self.model_name = model_name
        self.scorer = scorer(
            _named(model_name, use_llmlingua2 or use_slingua),
            # Where the package's own scorer runs is no choice.
            None if model_name == EMBEDDED or device_map in ("auto", "balanced") else device_map,
            _dtype(model_config or {}) if model_name != EMBEDDED else None,
        )

    def compress_prompt(
        self,
        context: str | Sequence[str],
        instruction: str = "",
        question: str = "",
        rate: float = 0.5,
        target_token: float = -1,
        **more: Any,
    ) -> dict[str, Any]:
        """Compress *context* to *rate* of its tokens, or to *target_token*.

        *instruction* and *question* come out as they are, before it and after it, and count.
        """
        asked = _Asked.read(context, instruction, question, more)
        budget = _budget(asked, rate, target_token)
        left = self._left(asked, budget) if asked.filters else list(asked.contexts)
        parts = [instruction, "\n\n".join(each for each in left if each.strip())]
        parts += [question] if asked.concatenates else []
        text = "\n\n".join(each for each in parts if each.strip())
        before = "\n\n".join([instruction, *asked.contexts, question]).strip()
        return {**_figures(before, text), "compressed_prompt_list": left}

    def __call__(self, *given: Any, **more: Any) -> dict[str, Any]:
        """Do what `compress_prompt` does."""
        return self.compress_prompt(*given, **more)

    def compress_prompt_llmlingua2(
        self, context: str | Sequence[str], rate: float = 0.5, target_token: int = -1, **more: Any
    ) -> dict[str, Any]:
        """Compress *context* alone."""
        return self.compress_prompt(context, rate=rate, target_token=target_token, **more)

    def _left(self, asked: _Asked, budget: int) -> list[str]:
        """What stays of each context, the marks that a caller finds them by around it."""
        marks = [_REFERENCE.fullmatch(each) for each in asked.contexts]
        bodies = [m[2] if m else each for m, each in zip(marks, asked.contexts, strict=True)]
        count = get_tokenizer(COUNTED).count
        room = budget - sum(count(m[1]) + count(m[3]) + 1 for m in marks if m)
        stays = {at for at in asked.forced if 0 <= at < len(bodies)}
        keep = _keep(bodies, asked) + tuple(bodies[at] for at in sorted(stays) if bodies[at])
        try:
            done = compressing.compress(
                bodies,
                budget=Budget(tokens=max(room, 0)),
                query=asked.question,
                model=COUNTED,
                options=Options(scorer=self.scorer, keep=tuple(dict.fromkeys(keep))),
            )
        except BudgetError as error:
            raise BudgetError(f"target_token or rate: {error}") from error
        return [
            f"{m[1]}{text}{m[3]}" if m and text.strip() else text
            for m, text in zip(marks, done.documents or (), strict=True)
        ]


@dataclass(frozen=True)
class _Asked:
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
        cls, context: str | Sequence[str], instruction: str, question: str, more: dict[str, Any]
    ) -> _Asked:
        """Raise `ConfigError` for an argument that is unknown, or that nothing here does."""
        known = [
            "force_tokens", "force_reserve_digit", "force_context_ids", "use_token_level_filter",
            "concate_question", "reorder_context",
        ]  # fmt: skip
        for name, value in more.items():
            if name not in (*known, *_ITS_OWN, *_REFUSED):
                choice = nearest(name, [*known, *_ITS_OWN, *_REFUSED])
                raise ConfigError(f"compress_prompt has no argument {name!r}; {choice}")
            if name in _REFUSED and value != _REFUSED[name]:
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


def _named(model: str, classifies: bool) -> str:
    """The scorer for a model as the package names it."""
    kind = model.partition(":")[0]
    if model == EMBEDDED or kind in ("causal", "classifier", "remote", "llmlingua"):
        return model
    return f"{'classifier' if classifies or 'llmlingua-2' in model else 'causal'}:{model}"


def _dtype(config: Mapping[str, Any]) -> str | None:
    """The type of numbers that *config* asks for, and nothing else that it could ask for."""
    asked = config.get("torch_dtype", config.get("dtype"))
    return None if asked in (None, "auto") else str(asked).removeprefix("torch.")


def _budget(asked: _Asked, rate: float, target: float) -> int:
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


def _keep(texts: Sequence[str], asked: _Asked) -> tuple[str, ...]:
    """What must stay: the tokens that are forced, and with *digits* every word with one."""
    found = [each for each in asked.force_tokens if each.strip() and any(each in t for t in texts)]
    if asked.digits:
        found += [match for text in texts for match in _DIGITS.findall(text)]
    return tuple(dict.fromkeys(found))


def _figures(before: str, after: str) -> dict[str, Any]:
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
