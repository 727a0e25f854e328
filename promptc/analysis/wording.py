"""The words of a text that say something, each in one form for all the ways to say it.

What may be left out is left out; words that mean the same get the same key; words that decide about
others (negations, quantities, conditions, times) are told apart from those that name things.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from promptc.analysis.facts import facts
from promptc.analysis.mask import HOLE
from promptc.analysis.vocabulary import stem, vocabulary
from promptc.results import Fact, FactKind

#: Soft hyphens and marks without a width: inside a word they are not read.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
_LETTER = rf"[\w{_INVISIBLE}]"
_TOKEN = re.compile(
    rf"(?P<word>{HOLE}+|{_LETTER}+(?:['’.]{_LETTER}+)*)|(?P<pause>[,;:()\[\]—–!?.]|\s-\s)"
)
_UNREAD = str.maketrans("", "", _INVISIBLE)
_BREAKS = frozenset(
    ("and", "or", "but", "if", "when", "unless", "because", "so", "while", "before", "after")
    + ("until", "then", "where", "although", "since", "once", "though", "which", "who", "that")
    + ("whether",)
)
_CONTRACTED = {
    **dict.fromkeys(("cannot", "can't"), ("can", "not")), "couldn't": ("could", "not"),
    "mustn't": ("must", "not"), "shouldn't": ("should", "not"), "shan't": ("shall", "not"),
    "mightn't": ("might", "not"), "mayn't": ("may", "not"), "needn't": ("need", "not"),
}  # fmt: skip
_MAYBE_AMOUNT = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|hundred|thousand|\w*illion|dozen"
    r"|twice|thrice|half|zero|eleven|twelve|one|noon|midnight|\w+days?|jan|feb|mar|apr|may|jun|jul|aug"
    r"|sep|oct|nov|dec)",
    re.IGNORECASE,
)
BETWEEN = "|"
"""Stands between the keys of a word that means one thing or another: "correct" is both."""
_ENDINGS = (
    "ization", "isation", "ation", "ition", "tion", "ment", "ness", "ance", "ence", "ly",
)  # fmt: skip


class Word(NamedTuple):
    """A word or a phrase that says something, by its *key*; *scope*: it decides about others.

    *clause* numbers the stretches between punctuation and joining words.
    """

    key: str
    span: tuple[int, int]
    scope: bool
    clause: int


class _Form(NamedTuple):
    words: tuple[str, ...]
    key: str
    scope: bool
    exact: bool


def words(text: str) -> tuple[Word, ...]:
    """The words of *text* that say something, in order, with their places in it.

    >>> [word.key for word in words("Please write JSON in each of the replies.")]
    ['write', 'json', '!all', 'answer']
    >>> words("Ex\\u00adchange it.")[0].key == words("Exchange it.")[0].key
    True
    """
    return tuple(_words(text))


def _words(text: str) -> Iterator[Word]:
    tokens = _tokens(text)
    forms = _forms()
    raw = [each.raw for each in tokens]
    at = 0
    counted = False
    while at < len(tokens):
        token = tokens[at]
        found = None if token.key else _longest(forms, raw, at)
        size = len(found.words) if found else 1
        span = (token.span[0], tokens[at + size - 1].span[1])
        key = found.key if found else token.key or root(token.raw)
        if key and not (counted and key == "!different"):
            yield Word(key, span, found.scope if found else bool(token.key), token.clause)
        counted = bool(token.key)
        at += size


class _Token(NamedTuple):
    """A word in lower case; *key* is that of a number, a date or a hole."""

    raw: str
    span: tuple[int, int]
    clause: int
    key: str = ""


def _tokens(text: str) -> list[_Token]:
    """Each word of *text*; contractions are two."""
    tokens: list[_Token] = []
    clause = 0
    amounts = _amounts(text)
    for match in _TOKEN.finditer(text):
        while amounts and amounts[0].span.stop <= match.start():
            del amounts[0]
        word = match["word"]
        if amounts and amounts[0].span.start < match.end():
            if not tokens or tokens[-1].span[1] <= amounts[0].span.start:
                key = " ".join((f"#{amounts[0].key}", *amounts[0].heads[:1]))
                tokens.append(_Token("#", amounts[0].span, clause, key))
            continue
        if not word:
            clause += 1
            continue
        for bare in _parts(word):
            clause += bare in _BREAKS
            key = HOLE if bare[0] == HOLE else ""
            tokens.append(_Token(bare, match.span("word"), clause, key))
    return tokens


def _amounts(text: str) -> list[Fact]:
    """Numbers and dates, which are read with their units."""
    if not _MAYBE_AMOUNT.search(text):
        return []
    kinds = (FactKind.NUMBER, FactKind.DATE)
    return [fact for fact in facts(text.replace("\n", " ")).others if fact.kind in kinds]


def _parts(word: str) -> tuple[str, ...]:
    """The words that *word* is contracted from, in lower case."""
    bare = word.translate(_UNREAD).strip("_").lower().replace("’", "'")
    if not bare:
        return ()
    if bare in _CONTRACTED:
        return _CONTRACTED[bare]
    if "'" in bare and not bare.endswith("n't"):
        bare = bare.partition("'")[0] or bare
    return (bare,)


def _longest(forms: Mapping[str, Sequence[_Form]], raw: Sequence[str], at: int) -> _Form | None:
    for form in forms.get(raw[at], ()) or forms.get(root(raw[at]), ()):
        here = raw[at : at + len(form.words)]
        if tuple(here if form.exact else map(root, here)) == form.words:
            return form
    return None


@lru_cache(maxsize=8192)
def root(word: str) -> str:
    """*word* without the endings that make a noun, an adverb or another form of it.

    >>> root("describing"), root("describe"), root("planned"), root("recommendation")
    ('describ', 'describ', 'plan', 'recommend')
    """
    found = stem(word)
    for ending in _ENDINGS:
        if found.endswith(ending) and len(found) - len(ending) >= 4:
            found = found.removesuffix(ending)
            break
    found = found.rstrip("eyi") if len(found) > 4 else found
    if len(found) > 3 and found[-1] == found[-2] and found[-1] not in "aeiouslf":
        found = found[:-1]
    return found


def weak() -> frozenset[str]:
    """Keys that come and go where a verb becomes a noun: "give a summary", "summarize"."""
    return frozenset(tables()["light"]["weak"])


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Any]:
    """The tables of words that come with the package."""
    path = resources.files("promptc").joinpath("data", "wording.toml")
    return tomllib.loads(path.read_text("utf-8"))


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, tuple[_Form, ...]]:
    """Every form of the tables by its first word, written out or by its root, longest first."""
    data = tables()
    found: dict[str, list[_Form]] = {}
    neutral = (form for form, governors in vocabulary().phrases.items() if not governors)
    light = (*data["light"]["words"].split(), *data["light"]["phrases"], *neutral)
    exact = [_Form(tuple(form.split()), "", False, True) for form in light]
    for key, forms in data["scope"].items():
        exact += [_Form(tuple(form.split()), f"!{key}", True, True) for form in forms]
    keys: dict[tuple[str, ...], dict[str, None]] = {}
    for key, forms in data["same"].items():
        for form in (*([key] if "_" not in key else []), *forms):
            keys.setdefault(tuple(map(root, form.split())), {})[key] = None
    same = [_Form(form, BETWEEN.join(told), False, False) for form, told in keys.items()]
    for form in reversed(exact):
        found.setdefault(form.words[0], []).append(form)
    for form in same:
        found.setdefault(form.words[0], []).append(form)
    # A word that stands in the tables as it is must find what its root finds, too.
    for first in list(found):
        other = root(first)
        if other != first:
            found[first] += [form for form in found.get(other, ()) if not form.exact]
    return {
        first: tuple(sorted(forms, key=lambda form: (-len(form.words), not form.exact)))
        for first, forms in found.items()
    }
