"""The words that state facts: negations, modals, limits, numbers, units, dates.

They are read from one file of the package, and keyed by the word that a phrase begins with, in
each of the ways that word is written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from promptc.results import FactKind

_GOVERNORS = (FactKind.NEGATION, FactKind.MODAL, FactKind.LIMIT)
_CURRENCY = "$€£¥₹"


class Governor(NamedTuple):
    """A word that decides about those after it; *key* is the same for all its forms."""

    kind: FactKind
    key: str


class Start(NamedTuple):
    """What may begin with one word: that word alone, or a phrase that *longer* finds."""

    alone: tuple[Governor, ...]
    longer: re.Pattern[str] | None


@dataclass(frozen=True)
class Vocabulary:
    """Every list of words, in the shape that is fastest to look up.

    *starts* is keyed by a word as it may be written. *phrases* are whole forms in lower case;
    one that is neutral has no governors. *special* are words that may be numbers or dates,
    *known* all that are no name when they begin with a capital.
    """

    starts: Mapping[str, Start]
    phrases: Mapping[str, tuple[Governor, ...]]
    numbers: Mapping[str, str]
    units: Mapping[str, str]
    months: Mapping[str, str]
    days: frozenset[str]
    roles: frozenset[str]
    labels: frozenset[str]
    common: frozenset[str]
    abbreviations: frozenset[str]
    titles: tuple[str, ...]
    special: frozenset[str]
    known: frozenset[str]
    skipped: frozenset[str]
    same: Mapping[str, str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Load the words that come with the package."""
    path = resources.files("promptc").joinpath("data", "facts.toml")
    return _vocabulary(tomllib.loads(path.read_text("utf-8")))


def _vocabulary(data: Mapping[str, Any]) -> Vocabulary:
    numbers = {word: str(value) for value, word in enumerate(data["numbers"]["words"])}
    numbers |= data["numbers"]["other"]
    phrases = dict(_phrases(data))
    starts = _starts(phrases, numbers)
    months, days = data["dates"]["months"], data["dates"]["weekdays"]
    same = data["heads"]["same"]
    common = data["common"]["words"].split()
    special = frozenset((*numbers, *months, *days, *data["dates"]["times"]))
    return Vocabulary(
        starts=starts,
        phrases={form.removesuffix(" #"): found for form, found in phrases.items()},
        numbers=numbers,
        units={form: unit for unit, forms in data["units"].items() for form in forms},
        months={month: month[:3] for month in months},
        days=frozenset((*days, *data["dates"]["times"])),
        roles=frozenset(data["roles"]["names"]),
        labels=frozenset(data["keys"]["labels"]),
        common=frozenset(common),
        abbreviations=frozenset(data["common"]["abbreviations"]),
        titles=tuple(f"{title}. " for title in data["common"]["titles"]),
        special=special,
        known=frozenset(starts) | {word.capitalize() for word in (*common, *special)},
        skipped=frozenset(data["heads"]["skipped"].split()) | phrases.keys(),
        same={stem(word): stem(key) for key, words in same.items() for word in words},
    )


def _phrases(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Governor, ...]]]:
    """Every form and what it states; neutral forms state nothing."""
    kinds = {key: kind for kind in _GOVERNORS for key in data[kind]}
    for key, kind in kinds.items():
        for form in data[kind][key]:
            yield form, (Governor(kind, key),)
    negated = Governor(FactKind.NEGATION, "not")
    for key, forms in data["contractions"].items():
        modal = (Governor(kinds[key], key),) if key in kinds else ()
        for form in forms:
            yield form, (*modal, negated)
    for form in data["neutral"]["forms"]:
        yield form, ()


def _starts(
    phrases: Mapping[str, tuple[Governor, ...]], numbers: Iterable[str]
) -> dict[str, Start]:
    longer: dict[str, list[str]] = {}
    for form in phrases:
        first, _, rest = form.partition(" ")
        longer.setdefault(first, [])
        if rest:
            longer[first].append(form)
    amount = rf"(?=\s+(?:[{_CURRENCY}\d]|(?:{'|'.join(numbers)})\b))"
    found: dict[str, Start] = {}
    for first, forms in longer.items():
        start = Start(phrases.get(first, ()), _pattern(forms, amount))
        for spelled in _spellings(first):
            found[spelled] = start
    return found


def _pattern(forms: list[str], amount: str) -> re.Pattern[str] | None:
    if not forms:
        return None
    ways = []
    for form in sorted(forms, key=len, reverse=True):
        words = r"\s+".join(map(re.escape, form.removesuffix(" #").split()))
        ways.append(words + (amount if form.endswith("#") else r"(?!\w)"))
    return re.compile("|".join(ways), re.IGNORECASE)


def _spellings(word: str) -> Iterator[str]:
    for each in (word, word.capitalize(), word.upper()):
        yield each
        yield each.replace("'", "’")


def stem(word: str) -> str:
    """*word* in lower case without its ending, so that its forms are one.

    >>> stem("Sharing"), stem("shares"), stem("share")
    ('shar', 'shar', 'shar')
    """
    word = word.lower().removesuffix("'s").removesuffix("’s")
    for ending in ("ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
