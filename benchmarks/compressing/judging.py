"""What is measured about what was kept: answers, gold passages, runs, words against labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.compressing.sets import Doc, Gold
from benchmarks.compressing.units import Kept, merged, words
from promptc.source import Span


class F1(NamedTuple):
    """Of the words to keep, and of those to drop."""

    keep: float
    drop: float


def answered(answers: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether any of *answers* is in one of *texts*, whatever the case.

    >>> answered(["Asuka", "Nikki"], ["The winner was ASUKA."])
    True
    """
    lowered = [text.casefold() for text in texts]
    return any(answer.casefold() in text for answer in answers for text in lowered)


def recall(gold: Sequence[Gold], kept: Sequence[Kept]) -> float | None:
    """The share of the words of *gold* that was kept; ``None`` without gold or spans."""
    if not gold or any(each.spans is None for each in kept):
        return None
    whole = sum(place.span.stop - place.span.start for place in gold)
    shares = (_overlap(place.span, kept[place.document].spans or ()) for place in gold)
    return sum(shares) / whole


def _overlap(span: Span, spans: Sequence[Span]) -> int:
    return sum(max(0, min(span.stop, each.stop) - max(span.start, each.start)) for each in spans)


def runs(documents: Sequence[Doc], kept: Sequence[Kept]) -> list[int]:
    """Count the words of each run that was kept without a gap."""
    return [
        len(words(document.text[slice(*run)]))
        for document, each in zip(documents, kept, strict=True)
        for run in merged(document.text, each.spans or ())
    ]


def labels(text: str, tokens: Sequence[str], spans: Sequence[Span]) -> list[int]:
    """Label each of *tokens*, the words of *text* in order: 1 where all of it was kept."""
    found, start = [], 0
    for token in tokens:
        at = text.find(token, start)
        start = at + len(token) if at >= 0 else start
        inside = any(each.covers(Span(at, start)) for each in spans)
        found.append(int(at >= 0 and inside))
    return found


def f1(gold: Sequence[int], guess: Sequence[int]) -> F1:
    """Compare labels, 1 for keep.

    >>> f1([1, 1, 0, 0], [1, 0, 0, 0])
    F1(keep=0.6666666666666666, drop=0.8)
    """
    return F1(_f1(gold, guess, 1), _f1(gold, guess, 0))


def _f1(gold: Sequence[int], guess: Sequence[int], label: int) -> float:
    both = sum(a == b == label for a, b in zip(gold, guess, strict=True))
    either = gold.count(label) + guess.count(label)
    return 2 * both / either if either else 1.0
