"""What providers' prompt caches ask and give, by model: `data/prompt_caching.toml` as values."""

from __future__ import annotations

import functools
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from promptc.results import CacheRule, Kept
from promptc.tokens.families import bare_name

_TABLE = Path(__file__).parent.parent / "data" / "prompt_caching.toml"


def cache_rule(model: str) -> CacheRule | None:
    """The rule for *model*, whoever serves it; ``None`` where none is known.

    >>> cache_rule("bedrock/anthropic.claude-opus-5-v1:0").minimum, cache_rule("gpt-4")
    (512, None)
    >>> cache_rule("gpt-4o").cached(1200), cache_rule("gpt-4o").cached(960)
    (1152, 0)
    """
    name = bare_name(model).replace("amazon.", "")
    rules = _rules()
    entry = max((each for each in rules if _covers(each, name)), key=len, default="")
    return rules[entry] if entry else None


def _covers(entry: str, name: str) -> bool:
    return name.startswith(entry) and not name[len(entry) : len(entry) + 1].isalnum()


@functools.cache
def _rules() -> dict[str, CacheRule]:
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"), parse_float=Decimal)
    return {model: _rule(row, data["date"]) for row in data["rule"] for model in row["models"]}


def _rule(row: dict[str, Any], date: str) -> CacheRule:
    kept = tuple(Kept(each["seconds"], Decimal(each["write"])) for each in row["kept"])
    fields = {key: value for key, value in row.items() if key != "models"}
    return CacheRule(**{**fields, "read": Decimal(row["read"]), "kept": kept, "date": date})
