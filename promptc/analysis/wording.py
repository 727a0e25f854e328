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

from promptc.analysis.mask import HOLE
from promptc.analysis.vocabulary import stem, vocabulary

_TOKEN = re.compile(rf"(?P<word>{HOLE}+|\w+(?:['’.]\w+)*)|(?P<pause>[,;:()\[\]—–!?.]|\s-\s)")
_BREAKS = frozenset(
    ["and", "or", "but", "if", "when", "unless", "because", "so", "while", "before", "after", "until", "then", "where", "although", "since", "once", "though", "which", "who", "that", "whether"]
)
_ENDINGS = (
    "ization", "isation", "ation", "ition", "tion", "ment", "ness", "able", "ible", "ance", "ence",
    "ful", "ive", "ly", "al",
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
    """
    return tuple(_words(text))


def _words(text: str) -> Iterator[Word]:
    tokens, clauses = _tokens(text)
    forms = _forms()
    raw = [each[0] for each in tokens]
    at = 0
    while at < len(tokens):
        found = _longest(forms, raw, at) if raw[at][0] != HOLE else None
        if found is None:
            start, stop = tokens[at][1:]
            key = _key(raw[at])
            # A number decides as much as a negation does; so does a hole.
            hard = key[0] == HOLE or key[0].isdigit()
            yield Word(key, (start, stop), hard, clauses[at])
            at += 1
            continue
        size = len(found.words)
        if found.key:
            span = (tokens[at][1], tokens[at + size - 1][2])
            yield Word(found.key, span, found.scope, clauses[at])
        at += size


def _tokens(text: str) -> tuple[list[tuple[str, int, int]], list[int]]:
    """Each word in lower case with its place, and the number of its clause."""
    tokens: list[tuple[str, int, int]] = []
    clauses: list[int] = []
    clause = 0
    for match in _TOKEN.finditer(text):
        word = match["word"]
        if not word:
            clause += 1
            continue
        bare = word.strip("_").lower().replace("’", "'")
        if not bare:
            continue
        if bare in _BREAKS:
            clause += 1
        if "'" in bare and not bare.endswith("n't"):
            bare = bare.partition("'")[0] or bare
        tokens.append((bare, *match.span("word")))
        clauses.append(clause)
    return tokens, clauses


def _key(raw: str) -> str:
    if raw[0] == HOLE:
        return HOLE
    return vocabulary().numbers.get(raw) or root(raw)


def _longest(forms: Mapping[str, Sequence[_Form]], raw: Sequence[str], at: int) -> _Form | None:
    for form in forms.get(raw[at], ()) or forms.get(root(raw[at]), ()):
        size = len(form.words)
        here = raw[at : at + size]
        if form.exact:
            if tuple(here) == form.words:
                return form
        elif tuple(map(root, here)) == form.words:
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
    return frozenset(_tables()["light"]["weak"])


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    path = resources.files("promptc").joinpath("data", "wording.toml")
    return tomllib.loads(path.read_text("utf-8"))


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, tuple[_Form, ...]]:
    """Every form of the tables by its first word, written out or by its root, longest first."""
    data = _tables()
    found: dict[str, list[_Form]] = {}
    light = (*data["light"]["words"].split(), *data["light"]["phrases"])
    exact = [_Form(tuple(form.split()), "", False, True) for form in light]
    for key, forms in data["scope"].items():
        exact += [_Form(tuple(form.split()), f"!{key}", True, True) for form in forms]
    same: list[_Form] = []
    for key, forms in data["same"].items():
        for form in (*([key] if "_" not in key else []), *forms):
            same.append(_Form(tuple(map(root, form.split())), key, False, False))
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
