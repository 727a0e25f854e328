"""The rules of `promptc check`, by hundreds of their codes.

0 the file itself, 1 budgets, 2 savings left on the table, 3 the provider's prompt cache, 4 what the
text says, 5 what it is filled with. A code never changes its meaning, and none is used twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from promptc.errors import ConfigError, nearest
from promptc.inspection import Rule
from promptc.rules.contradiction import Contradiction
from promptc.rules.early_value import EarlyValue
from promptc.rules.grown import Grown
from promptc.rules.inlined_document import InlinedDocument
from promptc.rules.over_money import OverMoney
from promptc.rules.over_tokens import OverTokens
from promptc.rules.rejected import Rejected
from promptc.rules.repeated_example import RepeatedExample
from promptc.rules.savings import SAVINGS
from promptc.rules.shared_paragraph import SharedParagraph
from promptc.rules.short_prefix import ShortPrefix
from promptc.rules.unescaped_json import UnescapedJson
from promptc.rules.unknown_variable import UnknownVariable
from promptc.rules.unused_ignore import UnusedIgnore

RULES: tuple[type[Rule], ...] = (
    # What the check itself finds: these have no code of their own to run.
    Rejected,
    UnusedIgnore,
    OverTokens,
    OverMoney,
    Grown,
    *SAVINGS,
    EarlyValue,
    ShortPrefix,
    InlinedDocument,
    SharedParagraph,
    Contradiction,
    RepeatedExample,
    UnknownVariable,
    UnescapedJson,
)

BY_CODE: dict[str, type[Rule]] = {each.code: each for each in RULES}


def find(code: str) -> type[Rule]:
    """The rule with *code*, or of that name; raise `ConfigError` where there is none."""
    names = {each.name: each for each in RULES}
    found = BY_CODE.get(code.upper()) or names.get(code)
    if found is None:
        raise ConfigError(f"unknown rule {code!r}; {nearest(code.upper(), BY_CODE)}")
    return found


def starts(beginning: str) -> bool:
    """Whether any code starts with *beginning*."""
    return any(code.startswith(beginning) for code in BY_CODE)


def made(options: Mapping[str, Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Every rule with its *options*, those of the longest beginning of its code on top.

    Raises `ConfigError` for an option that none of the rules meant has, and for a wrong value.
    """
    for beginning, given in options.items():
        meant = [each for each in RULES if each.code.startswith(beginning)]
        if not meant:
            raise ConfigError(f"unknown code {beginning!r}; {nearest(beginning, BY_CODE)}")
        _refuse_unknown(beginning, given, meant)
    return tuple(_made(each, options) for each in RULES)


def _made(each: type[Rule], options: Mapping[str, Mapping[str, Any]]) -> Rule:
    given: dict[str, Any] = {}
    for beginning in sorted(options, key=len):
        if each.code.startswith(beginning):
            given.update(options[beginning])
    known = _fields(each)
    return each(**{name: value for name, value in given.items() if name in known})


def _fields(each: type[Rule]) -> set[str]:
    return {field.name for field in fields(each)}  # type: ignore[arg-type]


def _refuse_unknown(beginning: str, given: Mapping[str, Any], meant: Iterable[type[Rule]]) -> None:
    known = {name: each for each in meant for name in _fields(each)}
    for name, value in given.items():
        if name not in known:
            choice = nearest(name, known) if known else "it has none"
            raise ConfigError(f"rule {beginning} has no option {name!r}; {choice}")
        wanted = get_type_hints(known[name])[name]
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if wanted is int and not whole:
            raise ConfigError(
                f"rule {beginning}: {name!r} must be a whole number from 0 up, not {value!r}"
            )
