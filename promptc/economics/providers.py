"""What providers' prompt caches ask and give, by model: `data/prompt_caching.toml` as values."""

from __future__ import annotations

import functools
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from promptc.tokens.families import bare_name

_TABLE = Path(__file__).parent.parent / "data" / "prompt_caching.toml"


class Kept(NamedTuple):
    """For how many *seconds* after its last use a prefix is kept, and what writing it costs.

    *write* is a share of the price of an input token.
    """

    seconds: int
    write: Decimal


class CacheRule(NamedTuple):
    """How one provider's prompt cache treats some models.

    A prefix of fewer than *minimum* tokens is not kept; of a longer one the minimum and whole
    *step* s more are. *automatic*: without a mark in the request. *read* is a share of the price of
    an input token. *kept* has the default first. *source* says where it is documented, *unsure*
    what other sources say, *date* on which day all of it was put together.
    """

    provider: str
    minimum: int
    step: int
    automatic: bool
    read: Decimal
    kept: tuple[Kept, ...]
    source: str
    unsure: str
    date: str

    def cached(self, prefix: int) -> int:
        """Tokens of a prefix of *prefix* tokens that the provider keeps.

        >>> rule = cache_rule("gpt-4o")
        >>> rule.cached(1200), rule.cached(960)
        (1152, 0)
        """
        if prefix < self.minimum:
            return 0
        return self.minimum + (prefix - self.minimum) // self.step * self.step


def cache_rule(model: str) -> CacheRule | None:
    """The rule for *model*, whoever serves it; ``None`` where none is known.

    >>> cache_rule("bedrock/anthropic.claude-opus-5-v1:0").minimum, cache_rule("gpt-4")
    (512, None)
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
