"""Inputs for the tests of compression: prose of any length, and texts of every other form."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from promptc.results import Compressed
from promptc.selection.joining import joined
from promptc.tokens import get_tokenizer

COUNT = get_tokenizer("gpt-4o").count

_WHO = ("Anna Bell", "The harbor office", "Mr. Okafor", "A committee of five", "The night crew")
_DID = ("signed the lease", "weighed 3.5 tons of grain", "refused to leave", "moved the archive")
_WHEN = ("on May 3", "in 1987", "before the storm", "at https://example.org/a?b=1", "for $1,250.00")

PIECES = (
    "Anna signed on May 3, 2021. ",
    "It rained for 12.5 hours; nobody came. ",
    "See https://example.org/a/b?c=1&d=2#e for more. ",
    "Write to x.y@example.org. ",
    "\n\n# Costs\n\n",
    "\n- one item that is short\n- another item, with `code` in it\n",
    "\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
    "\n```python\nif a < b:\n    stop()\n```\n",
    '\n{"id": 17, "name": "Ann", "tags": [1, 2, 3]}\n',
    "彼は東京に行きました。とても楽しかったです。",
    "وصل القطار في الساعة الخامسة. ",
    "Great 👩‍👩‍👧 news 🎉! ",
    "line one\r\nline two\r\n",
    "<s>not a mark</s> [CLS] <|endoftext|> ",
    "if a < b then stop. ",
    "\t  \n \n",
    "naïve cafe\u0301 №5 ①½ ﬁne. ",
    "v-alpha-beta-gamma-delta-7 ",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ODD = st.one_of(TEXTS, st.text(max_size=80))
RATES = st.sampled_from((0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95))
QUERIES = st.sampled_from(("", "Who signed?", "東京", "What does it cost?"))
FINE = st.sampled_from((None, True, False))


def prose(sentences: int) -> str:
    """So many different sentences."""
    return " ".join(
        f"{_WHO[n % 5]} {_DID[n // 5 % 4]} {_WHEN[n // 20 % 5]}, as entry {n} says."
        for n in range(sentences)
    )


def outputs(result: Compressed) -> list[str]:
    """What is left of each input, by its spans."""
    return [joined(text, kept) for text, kept in zip(result.inputs, result.kept, strict=True)]


def tokens(texts: Sequence[str]) -> int:
    """Tokens of *texts*, each by itself."""
    return sum(COUNT(text) for text in texts if text)
