"""Texts before and after an edit, made from the rows of a data set, and what the checks say."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.editing import asking, second
from benchmarks.editing.harmless import HARMLESS, duplicated
from benchmarks.editing.harms import HARMS, Edit
from promptc.checks.facts import Facts
from promptc.checks.similarity import Similarity

LONGEST = 30_000
VARIANTS = 2
DUPLICATE = "duplicate removed"
PARAPHRASE = "question asked anew by people"
_EVERYTHING = Similarity(threshold=1.01)


class Case(NamedTuple):
    """One edit: its kind, whether it does harm, and the half of the prompts that it comes from."""

    kind: str
    harm: bool
    half: int
    before: str
    after: str


class Rated(NamedTuple):
    """What the checks say of a case: whether facts fail, and how alike the worst pair is."""

    kind: str
    harm: bool
    half: int
    facts: bool
    score: float

    def flagged(self, threshold: float) -> bool:
        """Whether either check fails, `similarity` at *threshold*."""
        return self.facts or self.score < threshold


def cases(rows: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """At most `VARIANTS` edits of each kind for every prompt; equal rows give equal edits."""
    for row in rows:
        text = row["text"]
        if len(text) > LONGEST:
            continue
        for kinds, harm in ((HARMS, True), (asking.EDITS, True), (HARMLESS, False)):
            for kind, edit in kinds.items():
                for after in _variants(row, kind, edit):
                    yield Case(kind, harm, half(row), text, after)
        for before in _variants(row, DUPLICATE, duplicated):
            yield Case(DUPLICATE, False, half(row), before, text)


def _variants(row: Mapping[str, Any], kind: str, edit: Edit) -> Iterator[str]:
    """What *edit* makes of a prompt, each way once."""
    made = (edit(row["text"], _rng(row["id"], f"{kind} {number}")) for number in range(VARIANTS))
    yield from dict.fromkeys(each for each in made if each not in (None, row["text"]) and each)


def paraphrases(rows: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """Pairs that people marked as one question asked in two ways."""
    for row in rows:
        if row["label"] == 1:
            yield Case(PARAPHRASE, False, half(row), row["text_a"], row["text_b"])


def harmed(rows: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """Questions of pairs after an edit, as they were asked and asked anew."""
    for row in rows:
        for kind, before, after in asking.changed(row, _rng(row["id"], "question")):
            yield Case(kind, True, half(row), before, after)


def by_second_hand(rows: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """What `benchmarks.editing.second` wrote, and makes of the prompts."""
    for each in second.written():
        yield Case(f"written: {each.kind}", each.harm, 1, each.before, each.after)
    for row in rows:
        if len(row["text"]) > LONGEST:
            continue
        for kinds, harm in ((second.HARMS, True), (second.HARMLESS, False)):
            for kind, edit in kinds.items():
                after = edit(row["text"], _rng(row["id"], kind))
                if after and after != row["text"]:
                    yield Case(kind, harm, 1, row["text"], after)


def rated(case: Case) -> Rated:
    """Show *case* to the checks."""
    facts = not Facts().check(case.before, case.after).passed
    found = _EVERYTHING.findings(case.before, case.after)
    score = min((each.score for each in found), default=1.0)
    return Rated(case.kind, case.harm, case.half, facts, score)


def passes(before: str, after: str, least: float) -> bool:
    """Whether both checks pass where a question asked anew must be as sure as *least*."""
    if not Facts(least).check(before, after).passed:
        return False
    return not Similarity(questions=least).findings(before, after)


def half(row: Mapping[str, Any]) -> int:
    """The half of the rows that *row* falls into; rows of one group fall into one."""
    return _half(str(row.get("group") or row["id"]))


def _half(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % 2


def _rng(row: str, kind: str) -> random.Random:
    return random.Random(hashlib.sha256(f"{row}\n{kind}".encode()).digest())
