"""Words that say nothing by themselves: a shorter wording may lose or gain them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly", "n't", "'s", "'re", "'ve", "'ll", "'d", "'m")


def is_light(word: str) -> bool:
    """Whether *word* says nothing by itself, its ending left aside."""
    stems = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
    return any(stem in _light() or f"{stem}e" in _light() for stem in stems)


@cache
def _light() -> frozenset[str]:
    lines = (Path(__file__).parent / "light_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
