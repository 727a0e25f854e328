"""Texts of a given length for the benchmarks of speed, no two the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.compressing.units import count
from benchmarks.measure import rows


def paragraphs(folder: Path) -> list[str]:
    """Read the paragraphs of every context in *folder*'s question sets with long contexts."""
    names = ("covidqa", "qmsum")
    texts = (row["text"] for name in names for row in rows(folder / f"{name}.contexts.jsonl"))
    return [part for text in texts for part in text.split("\n") if len(part) > 80]


def distinct(pool: list[str], tokens: int) -> Iterator[str]:
    """Make texts of about *tokens* from *pool*: each starts elsewhere, each paragraph numbered.

    The numbers keep a cache of whole texts or of paragraphs from helping; one of sentences may.
    """
    start = call = 0
    while True:
        left = tokens
        parts: list[str] = []
        while left > 0:
            part = f"{call}.{len(parts)} {pool[start % len(pool)]}"
            parts.append(part)
            left -= count(part)
            start += 1
        yield "\n\n".join(parts)
        call += 1
