"""``[check]``: what `promptc check` reports, and what a template may cost."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from promptc.config.values import Reader, Value
from promptc.globs import read_pattern

_CODES = re.compile(r"PC\d{0,3}")
_CODE_SHAPE = "a code such as PC101, or the beginning of some such as PC1"


@dataclass(frozen=True)
class Limits:
    """What templates may cost; ``None`` sets no limit.

    *tokens* is for the mean of the samples, *worst* for the largest, *dollars* for the input of one
    call at the mean. Growth is too much when it exceeds all that is stated of *growth_percent* and
    *growth_tokens*.
    """

    tokens: int | None = None
    worst: int | None = None
    dollars: Decimal | None = None
    growth_percent: float | None = None
    growth_tokens: int | None = None


@dataclass(frozen=True)
class BudgetFor:
    """Limits for the templates that the globs *paths* match."""

    paths: tuple[str, ...] = ("*",)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Gate:
    """What a team decided about checks.

    *select* and *ignore* hold codes or their beginnings; the longest that fits decides. *error*
    and *warn* say so whether a finding fails the check. *rules* has for a code, or the beginning of
    several, the options of its rule. Of the *budgets* that match a template the last that states a
    limit decides about it.
    """

    select: tuple[str, ...] = ("PC",)
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    error: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    level: int = 1
    baseline: str | None = None
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    budgets: tuple[BudgetFor, ...] = ()


def gate(value: Value) -> Gate:
    """Read ``[check]``."""
    return Gate(**value.fields(GATE_KEYS))


def codes(value: Value) -> tuple[str, ...]:
    """Read codes and beginnings of codes."""
    return tuple(item.matching(_CODES, _CODE_SHAPE) for item in value.items())


def _glob(value: Value, text: str) -> str:
    if read_pattern(text) is None:
        raise value.error(f"{text!r} is not a pattern; write it as in .gitignore")
    return text


def _per_file(value: Value) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((_glob(each, glob), codes(each)) for glob, each in value.table().items())


def _rules(value: Value) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for code, options in value.table().items():
        if not _CODES.fullmatch(code):
            raise options.error(f"{code!r} is not a code; write {_CODE_SHAPE}")
        found[code] = options.variables()
    return found


def _budgets(value: Value) -> tuple[BudgetFor, ...]:
    return tuple(_budget(item) for item in value.items())


def _budget(item: Value) -> BudgetFor:
    fields = item.fields(BUDGET_KEYS)
    paths = fields.pop("paths", ("*",))
    if not fields:
        names = ", ".join(key for key in BUDGET_KEYS if key != "paths")
        raise item.error(f"'{item.key}' states no limit; add one of {names}")
    return BudgetFor(paths, Limits(**fields))


def _paths(value: Value) -> tuple[str, ...]:
    return tuple(_glob(item, item.text()) for item in value.items())


def _amount(value: Value) -> float:
    number = value.data
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise value.must("a number above 0")
    if not math.isfinite(number) or number <= 0:
        raise value.must("a number above 0")
    return float(number)


def _dollars(value: Value) -> Decimal:
    return Decimal(str(_amount(value)))


BUDGET_KEYS: dict[str, Reader] = {
    "paths": _paths,
    "tokens": partial(Value.whole, least=1),
    "worst": partial(Value.whole, least=1),
    "dollars": _dollars,
    "growth_percent": _amount,
    "growth_tokens": partial(Value.whole, least=0),
}

GATE_KEYS: dict[str, Reader] = {
    "select": codes,
    "ignore": codes,
    "per_file_ignores": _per_file,
    "error": codes,
    "warn": codes,
    "level": partial(Value.whole, least=1, most=2),
    "baseline": Value.text,
    "rules": _rules,
    "budgets": _budgets,
}
