"""Numbers with their units, dates and times, wherever they begin in a text."""

from __future__ import annotations

import re
from typing import NamedTuple

from promptc.analysis.fact_tokens import AMOUNT, plain
from promptc.analysis.vocabulary import vocabulary
from promptc.results import Fact, FactKind
from promptc.source import Span

_CURRENCY = "$€£¥₹"
_UNIT = re.compile(r"[ \u00a0]?([%°]\w?|[^\W\d_]+(?:\.m\.)?)|-([^\W\d_]+)")
_GLUED = re.compile(r"[A-Za-z_%°][\w%]*")
_AFTER_DAY = re.compile(r"(?:st|nd|rd|th)?(?:[ ]of)?[ ]([A-Za-z]+)\.?(?:,?[ ]\d{4}\b)?")
_AFTER_MONTH = re.compile(r"\.?[ ]\d{1,4}(?:st|nd|rd|th)?(?!\w)(?:,?[ ]\d{4}\b)?")
_DATE = re.compile(
    r"\d{4}-\d\d(?:-\d\d)?(?:T[\d:.]+)?|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)|\d{4}/\d\d?/\d\d?"
)
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_ITEM = re.compile(r"[.)](?:\s|\Z)")
_NEXT = re.compile(rf"\s+(?:of\s+)?({AMOUNT}|[A-Za-z]+)")
_PART = re.compile(r"\d+|[a-z]{3,}")


class Amount(NamedTuple):
    """A number as a key, and the offset where it stops."""

    key: str
    stop: int


def following(text: str, at: int) -> Amount | None:
    """The number after the word that stops at *at*, in digits or words."""
    match = _NEXT.match(text, at)
    if match is None:
        return None
    if match[1][-1].isdigit():
        return Amount(_value(match[1]), match.end())
    value = vocabulary().numbers.get(match[1].lower())
    return Amount(value, match.end()) if value else None


def numeral(text: str, word: str, start: int) -> Fact | None:
    """The number that *word*, at *start*, says; "one" is one only where it counts something."""
    stop = start + len(word)
    unit, end = _unit(text, stop)
    if word.lower() == "one" and not unit:
        return None
    return _fact(FactKind.NUMBER, text, Span(start, end), vocabulary().numbers[word.lower()], unit)


def month(text: str, word: str, start: int) -> Fact | None:
    """The date that begins with the month *word*, at *start*; alone it may be another word."""
    match = _AFTER_MONTH.match(text, start + len(word))
    if match is None:
        return None
    return _dated(text, Span(start, match.end()))


def digits(text: str, start: int, stop: int) -> Fact | None:
    """A date, a time, an amount with its unit, or a name that begins with digits.

    ``None`` where they only number an item of a list.
    """
    if _ITEM.match(text, stop) and _alone(text, start):
        return None
    shown = text[start:stop]
    day = _AFTER_DAY.match(text, stop)
    if day and day[1].lower() in vocabulary().months:
        return _dated(text, Span(start, day.end()))
    unit, end = _unit(text, stop)
    if _DATE.fullmatch(shown) or _TIME.fullmatch(shown):
        half = unit if unit in ("am", "pm") else ""
        return _fact(FactKind.DATE, text, Span(start, end if half else stop), shown + half)
    glued = _GLUED.match(text, stop)
    if glued and glued[0].lower() not in vocabulary().units:
        return _fact(FactKind.NUMBER, text, Span(start, glued.end()), shown + glued[0])
    if shown[0] in _CURRENCY:
        unit = shown[0] if not unit else f"{shown[0]} {unit}"
    return _fact(FactKind.NUMBER, text, Span(start, end), _value(shown), unit)


def _fact(kind: FactKind, text: str, span: Span, key: str, unit: str = "") -> Fact:
    return Fact(kind, text[slice(*span)], span, key, (unit,) if unit else ())


def _dated(text: str, span: Span) -> Fact:
    """The date with the name of a month in *span*; the order of its parts tells nothing."""
    months = vocabulary().months
    parts = _PART.findall(text[slice(*span)].lower())
    key = " ".join(sorted(months.get(part, part) for part in parts))
    return Fact(FactKind.DATE, text[slice(*span)], span, key)


def _unit(text: str, at: int) -> tuple[str, int]:
    """The unit of the number that stops at *at*, and where that stops; empty where it has none."""
    match = _UNIT.match(text, at)
    if match is None:
        return "", at
    word = (match[1] or match[2]).lower()
    unit = vocabulary().units.get(word)
    apart = match.end() - at > len(word)
    if unit is None or (apart and len(word) == 1 and word.isalpha()):
        return "", at
    return unit, match.end()


def _alone(text: str, start: int) -> bool:
    """Whether nothing but marks stands before *start* in its line."""
    line = text.rfind("\n", 0, start) + 1
    return not text[line:start].strip(" \t>*_#")


def _value(shown: str) -> str:
    """An amount by its digits: 1,000 is 1000, a long dash is a short one."""
    bare = shown.lstrip(f"{_CURRENCY} +")
    return bare.replace(",", "") if _GROUPED.fullmatch(bare) else plain(bare)
