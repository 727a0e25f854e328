"""Recall, nDCG and answers kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmarks.compressing.judging import answered
from benchmarks.retrieving.units import Part
from promptc.passages import Document
from promptc.source import Span


def recall(grades: Mapping[str, float], found: Sequence[str], most: int) -> float:
    """The share of the documents that help which are among the first *most*."""
    best = min(len(grades), most)
    return sum(name in grades for name in found[:most]) / best


def ndcg(grades: Mapping[str, float], found: Sequence[str], most: int = 10) -> float:
    """Normalized discounted cumulative gain, gains linear in the grades.

    >>> ndcg({"a": 1}, ["b", "a"])
    0.6309297535714575
    """
    gains = [grades.get(name, 0.0) for name in found[:most]]
    best = sorted(grades.values(), reverse=True)[:most]
    return _dcg(gains) / _dcg(best)


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def first_answer(
    answers: Sequence[str], documents: Sequence[Document], parts: Sequence[Part]
) -> int:
    """The rank from 1 of the first part that holds an answer; a large number where none does."""
    for rank, part in enumerate(parts, 1):
        if answered(answers, [documents[part.document].text[slice(*part.span)]]):
            return rank
    return 1 << 30


def kept(answers: Sequence[str], documents: Sequence[Document], parts: Sequence[Part]) -> bool:
    """Whether an answer stands in *parts*, those of one document that touch or overlap as one."""
    spans: dict[int, list[Span]] = {}
    for part in parts:
        spans.setdefault(part.document, []).append(part.span)
    texts = [
        documents[number].text[slice(*span)]
        for number, each in spans.items()
        for span in _merged(documents[number].text, each)
    ]
    return answered(answers, texts)


def _merged(text: str, spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for span in sorted(spans):
        if found and (
            span.start <= found[-1].stop or not text[found[-1].stop : span.start].strip()
        ):
            found[-1] = Span(found[-1].start, max(found[-1].stop, span.stop))
        else:
            found.append(span)
    return found
