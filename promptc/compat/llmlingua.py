"""`PromptCompressor` as the package llmlingua has it: change the import, keep the calls.

The constructor, the calls, their arguments and the keys and types of what they return are those of
llmlingua 0.2.2. What comes back are parts of the contexts, verbatim and in order, within the
budget. An argument whose meaning is tied to how that package works is refused, not ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from promptc import compressing
from promptc.budget import Budget
from promptc.compat import segments, values
from promptc.compat.arguments import COUNTED, Asked, budget, figures, keep
from promptc.compat.recovery import recovered
from promptc.compat.segments import Segment
from promptc.errors import BudgetError, ConfigError
from promptc.options import Options
from promptc.scorers import EMBEDDED, scorer
from promptc.tokens import get_tokenizer

_REFERENCE = re.compile(r"(\s*<#\w+#>\s?)(.*?)(\s?<#\w+#>\s*)", re.DOTALL)
_TRIES = 5

#: What else llmlingua's class has, which callers of it have no use for here.
_INSIDE = frozenset({
    "concate_segment_info", "control_context_budget", "control_sentence_budget",
    "get_compressed_input", "get_condition_ppl", "get_dynamic_compression_ratio",
    "get_estimate_threshold_base_distribution", "get_ppl", "get_prefix_length", "get_rank_results",
    "get_structured_dynamic_compression_ratio", "init_llmlingua2", "iterative_compress_prompt",
    "load_model", "segment_structured_context", "token_segment",
})  # fmt: skip


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
        asked = Asked.read(context, instruction, question, more)
        room = budget(asked, rate, target_token)
        left = self._left(asked, room) if asked.filters else list(asked.contexts)
        return _answer(asked, left)

    def __call__(self, *given: Any, **more: Any) -> dict[str, Any]:
        """Do what `compress_prompt` does."""
        return self.compress_prompt(*given, **more)

    def compress_prompt_llmlingua2(
        self, context: str | Sequence[str], rate: float = 0.5, target_token: int = -1, **more: Any
    ) -> dict[str, Any]:
        """Compress *context* alone."""
        return self.compress_prompt(context, rate=rate, target_token=target_token, **more)

    def structured_compress_prompt(
        self,
        context: str | Sequence[str],
        instruction: str = "",
        question: str = "",
        rate: float = 0.5,
        target_token: float = -1,
        **more: Any,
    ) -> dict[str, Any]:
        """Compress parts of *context* as their tags say: ``<llmlingua, rate=0.4>…</llmlingua>``.

        What has ``compress=False`` stays, what has a rate keeps as much of itself; all else shares
        what *rate* or *target_token* leaves. Tags do not count and do not come out. Raises
        `ConfigError` for a tag that says nothing.
        """
        given = (context,) if isinstance(context, str) else tuple(context)
        parts = [segments.read(each, f"context {at}") for at, each in enumerate(given)]
        plain = ["".join(each.text for each in part) for part in parts]
        asked = Asked.read(plain, instruction, question, more)
        parts = [
            [each._replace(rate=1.0) for each in part] if at in asked.forced else part
            for at, part in enumerate(parts)
        ]
        flat = [each for part in parts for each in part]

        def contexts(room: int | None) -> tuple[list[str], int]:
            texts = iter(self._parts(flat, asked, rate, room))
            left = ["".join(next(texts) for _ in part) for part in parts]
            return left, sum(get_tokenizer(COUNTED).count(each) for each in left)

        return _answer(asked, _fitted(contexts, target_token))

    def compress_json(  # noqa: PLR0913 - the package's own
        self,
        json_data: Mapping[str, Any],
        json_config: str | Path | Mapping[str, Any],
        instruction: str = "",
        question: str = "",
        rate: float = 0.5,
        target_token: float = -1,
        **more: Any,
    ) -> dict[str, Any]:
        """Compress the strings in *json_data*, however deep, as *json_config* says of each key.

        ``compressed_prompt`` is data of the same shape: no key, number or truth value changes. With
        ``use_keyvalue_level_filter`` a pair that has ``pair_remove`` goes once nothing is left of
        its strings. A key that the configuration doesn't have stays as it is. *question* says what
        matters, and like *instruction* it is no part of what comes out.
        """
        drops = bool(more.pop("use_keyvalue_level_filter", False))
        more["reorder_context"] = more.pop("reorder_keyvalue", "original")
        known, count = values.rules(json_config), get_tokenizer(COUNTED).count
        found = values.strings(json_data, known)
        asked = Asked.read([each.text for each in found], "", question, more, "compress_json")
        bare = values.rebuilt(
            json_data, [each.text if each.stays else "" for each in found], known, drops=False
        )
        # What stays is counted as it is written, not as strings.
        fixed = count(values.written(bare)) - sum(count(e.text) for e in found if e.stays)

        def data(room: int | None) -> tuple[dict[str, Any], int]:
            own = None if room is None else room - fixed
            texts = self._parts(found, asked, rate, own)
            left = values.rebuilt(json_data, texts, known, drops=drops)
            return left, count(values.written(left))

        left = _fitted(data, target_token)
        told = figures(values.written(json_data), values.written(left))
        return {**told, "compressed_prompt": left, "compressed_prompt_list": [values.written(left)]}

    def recover(self, original_prompt: str, compressed_prompt: str, response: str) -> str:
        """Put back into *response* what was cut out of the stretches that it quotes."""
        return recovered(original_prompt, compressed_prompt, response)

    def get_token_length(
        self, text: str, add_special_tokens: bool = True, use_oai_tokenizer: bool = False
    ) -> int:
        """Tokens of *text* as OpenAI's models read it, which is what budgets are counted in."""
        return get_tokenizer(COUNTED).count(text)

    def __getattr__(self, name: str) -> Any:
        """Say of the package's inner methods that they are not here."""
        own = f"{type(self).__name__!r} object has no attribute {name!r}"
        inside = ": it is a step of llmlingua's own walk" if name in _INSIDE else ""
        raise AttributeError(f"{own}{inside}", name=name, obj=self)

    def _parts(
        self, found: Sequence[Segment], asked: Asked, rate: float, room: int | None
    ) -> list[str]:
        """What stays of each part: in *room* tokens all together, else at *rate*."""
        left, count = [each.text for each in found], get_tokenizer(COUNTED).count
        if not asked.filters:
            return left
        rest = [at for at, each in enumerate(found) if each.rate is None]
        for at, each in enumerate(found):
            if each.rate is not None and not each.stays:
                own = int(each.rate * count(each.text))
                left[at] = self._short([each.text], own, asked)[0]
        if room is None:
            room = Budget(rate=rate).limit(sum(count(found[at].text) for at in rest))
        else:
            room -= sum(count(left[at]) for at, each in enumerate(found) if each.rate is not None)
        if room < 0:
            raise BudgetError(f"target_token: what must stay takes {-room:,} tokens more than it")
        for at, text in zip(rest, self._short([left[at] for at in rest], room, asked), strict=True):
            left[at] = text
        return left

    def _short(self, texts: list[str], room: int, asked: Asked) -> list[str]:
        """Shorten *texts* to *room* tokens; the space around one stays where any of it does."""
        count, bodies = get_tokenizer(COUNTED).count, [each.strip() for each in texts]
        heads = [each[: len(each) - len(each.lstrip())] for each in texts]
        tails = [each[len(each.rstrip()) :] for each in texts]
        room -= sum(count(side) for side in (*heads, *tails) if side)
        kept = self._compressed(bodies, room, asked.question, keep(bodies, asked))
        return [
            f"{head}{text}{tail}" if text.strip() else text
            for head, text, tail in zip(heads, kept, tails, strict=True)
        ]

    def _compressed(
        self, texts: list[str], room: int, query: str, stays: Sequence[str]
    ) -> list[str]:
        """Shorten *texts* to *room* tokens together; what *stays* does."""
        if not any(texts):
            return texts
        try:
            done = compressing.compress(
                texts,
                budget=Budget(tokens=max(room, 0)),
                query=query,
                model=COUNTED,
                options=Options(scorer=self.scorer, keep=tuple(dict.fromkeys(stays))),
            )
        except BudgetError as error:
            raise BudgetError(f"target_token or rate: {error}") from error
        return list(done.documents or ())

    def _left(self, asked: Asked, budget: int) -> list[str]:
        """What stays of each context, the marks that a caller finds them by around it."""
        marks = [_REFERENCE.fullmatch(each) for each in asked.contexts]
        bodies = [m[2] if m else each for m, each in zip(marks, asked.contexts, strict=True)]
        count = get_tokenizer(COUNTED).count
        room = budget - sum(count(m[1]) + count(m[3]) + 1 for m in marks if m)
        stays = {at for at in asked.forced if 0 <= at < len(bodies)}
        forced = tuple(bodies[at] for at in sorted(stays) if bodies[at])
        done = self._compressed(bodies, room, asked.question, keep(bodies, asked) + forced)
        return [
            f"{m[1]}{text}{m[3]}" if m and text.strip() else text
            for m, text in zip(marks, done, strict=True)
        ]


def _answer(asked: Asked, left: list[str]) -> dict[str, Any]:
    """What a call returns of which *left* stays of each context."""
    parts = [asked.instruction, "\n\n".join(each for each in left if each.strip())]
    parts += [asked.question] if asked.concatenates else []
    text = "\n\n".join(each for each in parts if each.strip())
    before = "\n\n".join([asked.instruction, *asked.contexts, asked.question]).strip()
    return {**figures(before, text), "compressed_prompt_list": left}


def _fitted(make: Callable[[int | None], tuple[Any, int]], target: float) -> Any:
    """What *make* makes in so many tokens that what comes out takes at most *target*; -1: no limit.

    Parts that are put together can take more than their sum.
    """
    if target == -1:
        return make(None)[0]
    if target < 0:
        raise ValueError(f"target_token must be 0 or more, or -1 for none, got {target}")
    room = int(target)
    for _ in range(_TRIES):
        made, size = make(room)
        if size <= target:
            return made
        room -= size - int(target)
    raise BudgetError(f"target_token={target:g}: what must stay takes more")


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
