"""The results of the benchmark of retrieval as a page of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OWN = "promptc"
BARS = ("BM25", "MiniLM flat", "MiniLM + BM25")
HALVES = ("held out", "tuned on")
SHARES = {"answers": "Answers", "helps": "A document that helps"}
_NOT_PASSAGES = "whole document"


def page(found: Mapping[str, Any]) -> str:
    """Write the figures of a record as Markdown."""
    figures, machine = found["figures"], found["machine"]
    parts = [
        "# Retrieval\n",
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores shared, Python "
        f"{machine['python']}. Written by `python -m benchmarks.retrieval`.\n",
    ]
    for half, asked in (
        ("all", "all questions"),
        *((each, f"questions {each}") for each in HALVES),
    ):
        for key, what in SHARES.items():
            parts.append(f"## {what} in the first 600 tokens, {asked}\n")
            parts.append(_table(list(_shares(figures, half, key))))
        parts.append(f"## Ranking, {asked}\n")
        parts.append(_table(list(_ranking(figures, half))))
    return "\n".join(parts)


def _shares(figures: Mapping[str, Any], half: str, key: str) -> Iterator[list[str]]:
    sets = {name: row for name, row in figures.items() if _has(row, half, key)}
    methods = list(dict.fromkeys(method for row in sets.values() for method in row))
    yield ["set", "questions", *methods]
    for name, row in sets.items():
        count = next(iter(row.values()))[half]["questions"]
        shown = [_shown(row.get(method, {}).get(half, {}).get(key)) for method in methods]
        yield [name, str(count), *shown]
    whole = {name: row for name, row in sets.items() if all(m in row for m in (OWN, *BARS))}
    if whole:
        means = (_mean([row.get(m, {}).get(half, {}).get(key) for row in whole.values()])
                 for m in methods)  # fmt: skip
        yield ["**mean**", "", *map(_shown, means)]


def _ranking(figures: Mapping[str, Any], half: str) -> Iterator[list[str]]:
    yield ["set", "method", "recall@1", "recall@5", "recall@10", "nDCG@10"]
    for name, row in figures.items():
        for method, halves in row.items():
            if method != _NOT_PASSAGES and "counted" not in method and half in halves:
                each = halves[half]
                names = ("recall@1", "recall@5", "recall@10", "nDCG@10")
                yield [name, method, *(_shown(each.get(key)) for key in names)]


def _has(row: Mapping[str, Any], half: str, key: str) -> bool:
    return any(key in halves.get(half, {}) for halves in row.values())


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if len(known) == len(values) else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rest)]) + "\n"
