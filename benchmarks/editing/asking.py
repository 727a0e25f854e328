"""Questions: pairs that people marked as one question or two, and questions after an edit."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.editing.prose import sentences
from benchmarks.editing.second import OPPOSED, put, replaced

_Change = Callable[[str, random.Random], str | None]

_NAMES = (
    "Norway",
    "Toyota",
    "Lima",
    "Kepler",
    "Amazon",
    "Napoleon",
    "Windows",
    "Ebola",
    "Wikipedia",
)
_SCOPES = (
    "on weekdays", "for new customers", "in rural areas", "at night", "in winter", "in Norway",
    "if it rains", "within the first week", "for children", "unless it is free", "without a car",
    "when traveling alone", "in the second section",
)  # fmt: skip
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]{2,}|[A-Z]{2,}(?:-\d+)?)(?: [A-Z][a-z]+)*(?![\w'’-])")
_NUMBER = re.compile(r"(?<![\w.-])\d{1,4}(?![\w.-])")
_SUBJECT = re.compile(r"(?i)\b(who|which \w+|what) (is|are|was|were|can|should|will|may|must)\b")
_ACTS = re.compile(
    r"(?i)\b((?:how|why|when|what|where)?\s?(?:do|does|did|can|could|should|will|would|must|may)"
    r" (?:i|you|we|they|one|people|it|the \w+|an? \w+)) (?=[a-z]+\b)"
)
_DENIED = re.compile(r"(?i)\b(?:not|never) |n['’]t\b|\bwithout\b")
_CONDITION = re.compile(
    r"(?i),? \b(?:if|when|unless|during|after|before|while|without|except)\b [^?]{6,}(?=\?)"
)
_TOLD = re.compile(r"(?i)\b(?:if|when|unless|during|after|before|while|without|except)\b")
_LEADING = re.compile(r"(?i)^(?:if|when|unless|during|after|before|while)\b[^,?]{6,}, ")
_KINDS = {
    "who": "when",
    "when": "where",
    "where": "why",
    "why": "when",
    "how many": "which",
    "how long": "why",
}


def _denied(text: str, rng: random.Random) -> str | None:
    for pattern, new in ((_SUBJECT, r"\1 \2 not"), (_ACTS, r"\1 not ")):
        made = pattern.sub(new, text, count=1)
        if made != text and not _DENIED.search(text):
            return made
    return None


def _affirmed(text: str, rng: random.Random) -> str | None:
    if not _DENIED.search(text):
        return None
    return _DENIED.sub(lambda match: "with" if match[0].lower() == "without" else "", text, count=1)


def _numbered(text: str, rng: random.Random) -> str | None:
    return put(_NUMBER, text, rng, lambda match: str(int(match[0]) + rng.randint(1, 9)))


def _renamed(text: str, rng: random.Random) -> str | None:
    return put(_NAME, text, rng, lambda _: rng.choice(_NAMES))


def _narrowed(text: str, rng: random.Random) -> str | None:
    body = text.rstrip()
    return f"{body[:-1]} {rng.choice(_SCOPES)}?" if body.endswith("?") else None


def _unconditioned(text: str, rng: random.Random) -> str | None:
    made = _CONDITION.sub("", text, count=1)
    if made == text:
        made = _LEADING.sub("", text)
    return made[0].upper() + made[1:] if made != text and len(made) > 12 else None


def _otherwise(text: str, rng: random.Random) -> str | None:
    match = re.match(rf"(?i)({'|'.join(_KINDS)})\b", text)
    if not match:
        return None
    return _KINDS[match[1].lower()].capitalize() + text[match.end() :]


HARMS: Mapping[str, _Change] = {
    "negation dropped": _affirmed,
    "negation added": _denied,
    "number changed": _numbered,
    "name replaced": _renamed,
    "scope narrowed": _narrowed,
    "condition lost": _unconditioned,
    "opposite asked": replaced(OPPOSED),
    "who for when": _otherwise,
}
"""Edits of one question after which it asks for something else."""


def changed(row: Mapping[str, Any], rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Kind, before and after: a question of a pair with an edit, and one asked anew with one.

    The second is what a person asked for the same, with an edit in it.
    """
    for kind, change in HARMS.items():
        made = change(row["text_a"], rng)
        if made and made != row["text_a"]:
            yield f"question: {kind}", row["text_a"], made
        made = change(row["text_b"], rng) if row["label"] == 1 else None
        if made and made != row["text_b"] and _both(kind, row):
            yield f"asked anew: {kind}", row["text_a"], made


def _both(kind: str, row: Mapping[str, Any]) -> bool:
    """Whether each of two questions says what an edit of the second takes away."""
    lost = {"negation dropped": _DENIED, "condition lost": _TOLD, "name replaced": _NAME}.get(kind)
    return lost is None or bool(lost.search(row["text_a"]) and lost.search(row["text_b"]))


def in_questions(change: _Change) -> _Change:
    """*change* at one question of a prompt."""

    def edit(text: str, rng: random.Random) -> str | None:
        found = [each for each in sentences(text) if each.text.endswith("?")]
        for each in rng.sample(found, len(found)):
            made = change(each.text, rng)
            if made and made != each.text:
                return text[: each.start] + made + text[each.stop :]
        return None

    return edit


EDITS: Mapping[str, _Change] = {
    f"question: {kind}": in_questions(change) for kind, change in HARMS.items()
}
"""The same for a prompt that asks questions."""
