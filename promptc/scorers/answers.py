"""What servers answer about the tokens of a prompt, held against the prompt itself."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from promptc.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tokens: TypeAlias = list[tuple[str, float | None]]
"""Each token as it is written, and the natural logarithm of its probability if it has one."""

_UNREADABLE = re.compile("\ufffd|^<0x[0-9A-F]{2}>$")
_MARKS = str.maketrans({"\u2581": " ", "\u0120": " ", "\u010a": "\n", "\u0109": "\t"})
_SOON = 32
"""Characters that may stand between two tokens: spaces, and a first token that is not told."""


def wrong(what: str) -> ModelError:
    """What to raise for an answer that makes no sense."""
    return ModelError(f"the server's answer makes no sense: {what}")


def from_prompt_logprobs(answer: dict[str, Any], prompts: Sequence[str]) -> list[Tokens] | None:
    """Read vLLM's ``prompt_logprobs``; ``None`` where the answer has none.

    For each token there is a mapping from ids to what is known of them; the first is the token
    that stands there, others are likelier ones.
    """
    choices = _choices(answer, len(prompts))
    if any(not choice.get("prompt_logprobs") for choice in choices):
        return None
    return [[_known(each) for each in choice["prompt_logprobs"]] for choice in choices]


def _known(entry: Any) -> tuple[str, float | None]:
    if entry is None:
        return "", None
    if not isinstance(entry, dict) or not entry:
        raise wrong("an entry of prompt_logprobs is no mapping")
    first = next(iter(entry.values()))
    if not isinstance(first, dict):
        raise wrong("an entry of prompt_logprobs holds no logprob")
    return str(first.get("decoded_token") or ""), _number(first.get("logprob"))


def from_echo(answer: dict[str, Any], prompts: Sequence[str]) -> list[Tokens]:
    """Read ``logprobs`` of an echoed prompt, less what was generated after it."""
    found = list[Tokens]()
    for choice, prompt in zip(_choices(answer, len(prompts)), prompts, strict=True):
        known = choice.get("logprobs")
        if not isinstance(known, dict):
            raise wrong("it has no logprobs; the server may not be able to echo a prompt")
        tokens, values = known.get("tokens"), known.get("token_logprobs")
        if not isinstance(tokens, list) or not isinstance(values, list):
            raise wrong("logprobs has no tokens")
        if len(tokens) != len(values):
            raise wrong(f"{len(tokens)} tokens and {len(values)} log-probabilities")
        echoed = _echoed(known.get("text_offset"), prompt, len(tokens))
        pairs = zip(tokens[:echoed], values[:echoed], strict=True)
        found.append([(str(t), None if v is None else _number(v)) for t, v in pairs])
    return found


def _echoed(offsets: Any, prompt: str, count: int) -> int:
    """How many of *count* tokens begin inside *prompt*; the others were made up after it."""
    if not isinstance(offsets, list) or len(offsets) != count:
        return count
    return sum(isinstance(each, int) and each < len(prompt) for each in offsets)


def _choices(answer: dict[str, Any], count: int) -> list[dict[str, Any]]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        raise wrong("it has no choices")
    if len(choices) != count:
        raise wrong(f"{count} prompts were sent and {len(choices)} came back")
    return sorted(choices, key=lambda each: _index(each.get("index")))


def _index(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise wrong(f"a log-probability is {value!r}")
    if value > 1e-3:
        raise wrong(f"a log-probability is {value!r}, above 0")
    # An impossible token has a probability of 0; no text is made of those.
    return max(float(value), -1e4)


def by_character(tokens: Tokens, prompt: str, prefix: int) -> NDArray[np.float32]:
    """The bits of each token at its first character, nan elsewhere, less *prefix* characters: (n,).

    Tokens that are parts of a character are held against what stands before the next one that can
    be read. A token without a probability, as the first may be, counts as much as the mean.
    """
    import numpy as np

    found, unknown = np.full(len(prompt), np.nan, np.float32), list[int]()
    at, owed, broken = 0, 0.0, False
    for shown, value in tokens:
        bits = 0.0 if value is None else -value / math.log(2)
        if _UNREADABLE.search(shown):
            owed, broken = owed + bits, True
            continue
        if not shown or (value is None and not prompt.startswith(shown, at)):
            continue
        if at == len(prompt):
            break
        place = _place(shown, prompt, at)
        if broken:
            found[at] = owed
        elif place > at and prompt[at:place].strip():
            unknown.append(at)
        if value is None:
            unknown.append(place)
        else:
            found[place] = bits
        at, owed, broken = min(place + len(shown), len(prompt)), 0.0, False
    if broken and at < len(prompt):
        found[at], at = owed, len(prompt)
    if prompt[at:].strip():
        raise wrong(
            f"it read {at:,} of {len(prompt):,} characters; its context may be too short: "
            "set a smaller window, as in ',window=2000'"
        )
    if unknown:
        known = found[~np.isnan(found)]
        found[unknown] = known.mean() if len(known) else 0.0
    return found[prefix:]


def _place(shown: str, prompt: str, at: int) -> int:
    """Where the token that is written *shown* stands, at *at* or soon after."""
    edge = at + len(shown) + _SOON
    for text in (shown, shown.translate(_MARKS), shown.strip()):
        place = prompt.find(text, at, edge) if text else -1
        if place >= 0:
            return place
    raise wrong(f"the token {shown!r} does not stand at {at:,} of the prompt")
