"""Model names: which encoding counts for a model, and what its chat format adds."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from promptc.errors import ConfigError, nearest

_TABLE = Path(__file__).parent.parent / "data" / "tokenizers.toml"

# What Bedrock puts before a model's name: a region and the maker, each with a dot.
_BEDROCK = re.compile(
    r"(?:(?:us|us-gov|eu|apac|au|jp|ca|global)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai|nvidia|"
    r"openai|qwen|writer|zai)\."
)


class Family(NamedTuple):
    """The encoding that counts for a model: its own, or a stand-in and the reason for it."""

    encoding: str
    exact: bool
    reason: str = ""


def family(model: str) -> Family:
    """Find what counts tokens for *model*, the name of a model or of an encoding.

    Raises ``ConfigError`` with the nearest names where it is unknown.

    >>> family("azure/gpt-4o-2024-08-06")
    Family(encoding='o200k_base', exact=True, reason='')
    >>> family("bedrock/anthropic.claude-3-haiku-20240307-v1:0").exact
    False
    """
    name = bare_name(model)
    known = _families()
    entry = _longest(each for each in known if _covers(each, name, known[each].exact))
    if entry:
        return known[entry]
    return _newer_than_the_table(name) or _refuse(model, name, known)


def message_overhead(model: str) -> tuple[int, int] | None:
    """Tokens that a chat with *model* adds: for each message, and once to open the reply.

    A message's role is text beside its content and is in neither number. ``None`` where the chat
    format is not published.

    >>> message_overhead("gpt-4o-mini"), message_overhead("claude-sonnet-4-5")
    ((3, 3), None)
    """
    name = bare_name(model)
    known = _overheads()
    entry = _longest(each for each in known if _covers(each, name, exact=True))
    return known[entry] if entry else None


def bare_name(model: str) -> str:
    """Drop from *model* who serves it and what it was fine-tuned into.

    >>> bare_name("openrouter/openai/GPT-4o"), bare_name("ft:gpt-4o-mini:acme::7p4l")
    ('gpt-4o', 'gpt-4o-mini')
    >>> bare_name("bedrock/us.anthropic.claude-sonnet-4-5-v1:0")
    'claude-sonnet-4-5-v1:0'
    """
    name = model.strip().lower().rsplit("/", 1)[-1]
    if name.startswith("ft:"):
        return name.split(":")[1]
    return _BEDROCK.sub("", name, count=1)


def _covers(entry: str, name: str, exact: bool) -> bool:
    """Whether *name* is *entry* or a version of it, as the table's comments say."""
    if not name.startswith(entry):
        return False
    following = name[len(entry) : len(entry) + 1]
    if exact:
        return following in ("", "-", ":", "@") or entry.endswith(".")
    both = entry[-1] + following
    return len(both) == 1 or not (both.isalpha() or both.isdigit())


def _longest(entries: Iterable[str]) -> str:
    return max(entries, key=len, default="")


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def _families() -> dict[str, Family]:
    """Each entry of the table, and the encodings under their own names."""
    known: dict[str, Family] = {}
    for row in _table()["stand_in"]:
        known |= dict.fromkeys(row["families"], Family(row["encoding"], False, row["reason"]))
    for row in _table()["exact"]:
        known |= dict.fromkeys([*row["models"], row["encoding"]], Family(row["encoding"], True))
    return known


@functools.cache
def _overheads() -> dict[str, tuple[int, int]]:
    return {
        model: (row["per_message"], row["per_reply"])
        for row in _table()["chat"]
        for model in row["models"]
    }


def _newer_than_the_table(name: str) -> Family | None:
    """Ask tiktoken, whose own table may be newer than the one in the package."""
    from tiktoken.model import encoding_name_for_model

    try:
        return Family(encoding_name_for_model(name), True)
    except KeyError:
        return None


def _refuse(model: str, name: str, known: Iterable[str]) -> NoReturn:
    names = [each.rstrip(".") for each in known]
    head = re.split(r"[-_.:@\d]", name)[0] or name
    near = nearest(name, names)
    if not near.startswith("did you mean"):
        near = nearest(head, names)
    raise ConfigError(
        f"no tokenizer is known for the model {model!r} (with its tokenizer.json it can be counted "
        f"exactly); {near}"
    )
