"""Names that stand for one thing: known ones, and short ones that a text spells out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from promptc.analysis.wording import tables

_BRACKET = re.compile(r"\s\((?P<short>[A-Z][A-Za-z]{1,5}?)s?\)")
_SHORT = re.compile(r"(?<![\w.-])[A-Z]{2,6}(?![\w-]|\.\w)")
_SMALL = frozenset({"of", "the", "and", "for", "in", "on", "to", "a", "&"})
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CASED = 3
"""A form of no more letters is a name only in capitals: "US" is one, "us" is not."""


def unified(one: str, two: str) -> tuple[str, str]:
    """Two texts with one name for each thing that they name in two ways.

    >>> unified("Is the USA big?", "Is the United States big?")
    ('Is the United States big?', 'Is the United States big?')
    >>> unified("Who runs the Ministry of Trade?", "Who runs the MOT?")[1]
    'Who runs the Ministry of Trade?'
    """
    spelled: dict[str, str] = {}
    sides = [_known(one), _known(two)]
    for at, text in enumerate(sides):
        for match in reversed(list(_BRACKET.finditer(text))):
            long = _spelled(match["short"], text[: match.start()], ends=True)
            if long:
                spelled[match["short"]] = long
                sides[at] = sides[at][: match.start()] + sides[at][match.end() :]
    for mine, other in (sides, sides[::-1]):
        for short in _SHORT.findall(mine):
            long = "" if short in other else _spelled(short, other, ends=False)
            if long:
                spelled.setdefault(short, long)
    for short, long in spelled.items():
        sides = [re.sub(rf"\b{short}(?=s?\b)", long, each) for each in sides]
    return sides[0], sides[1]


def _spelled(short: str, text: str, *, ends: bool) -> str:
    """The words of *text* whose first letters are those of *short*; at its end, if it *ends* so."""
    found = list(_WORD.finditer(text))
    for start in range(len(found)):
        for run in _runs(found[start:], short.lower()):
            if not ends or run is found[-1]:
                return text[found[start].start() : run.end()]
    return ""


def _runs(found: list[re.Match[str]], letters: str) -> Iterator[re.Match[str]]:
    """The word with the last of *letters*, where each of *found* begins with the next one."""
    at = 0
    for match in found:
        word = match[0].lower()
        if at < len(letters) and word[0] == letters[at]:
            at += 1
        elif not (at and word in _SMALL):
            return
        if at == len(letters):
            yield match
            return


def _known(text: str) -> str:
    pattern, names = _table()
    return pattern.sub(lambda match: names.get(match[0].lower(), match[0]), text)


@lru_cache(maxsize=1)
def _table() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """One pattern for every form of every known name, and the name of each."""
    names = {name.lower(): name for name in tables()["names"]}
    names |= {form.lower(): name for name, forms in tables()["names"].items() for form in forms}
    ways = []
    for form in sorted(names, key=len, reverse=True):
        short = sum(map(str.isalpha, form)) <= _CASED
        ways.append(f"(?-i:{re.escape(form.upper())})" if short else re.escape(form))
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(ways)})(?![\w-])", re.IGNORECASE), names
