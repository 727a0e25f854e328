"""What a negation, a modal or a limit is about: the words that follow it in its clause."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from promptc.analysis.mask import HOLE
from promptc.analysis.vocabulary import stem, vocabulary

MOST = 4
"""Words that tell what is governed; all that follow would tie it to every later edit."""
REACH = 20
"""Words, and signs between them, that are looked at."""

_NEXT = re.compile(
    rf"(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*|{HOLE}+)"
    r"|(?P<stop>[.;!?:](?=[\s*_\"”')]|\Z)|\n(?=\s*(?:\n|[-*#•>|]|\d+[.)]\s)))"
    r"|(?P<pause>[,()\[\]–—]|\s-\s)"
)
_JOINS = frozenset(
    ("and", "or", "but", "then", "because", "since", "while", "when", "if", "unless", "nor")
)


def heads(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """Stems of the words that what ends at *at* is about, and where the first of them stops.

    They end with the clause: at punctuation, or at an "and" once there is a word.
    """
    found: list[str] = []
    end = at
    skipped = vocabulary().skipped
    for match in islice(_NEXT.finditer(text, at), REACH):
        if match.lastgroup == "stop" or (match.lastgroup == "pause" and found):
            break
        word = match["word"]
        if not word:
            continue
        lowered = word.lower()
        if lowered in _JOINS:
            if found:
                break
        elif lowered not in skipped:
            end = end if found else match.end()
            found.append(_head(word))
            if len(found) == MOST:
                break
    return tuple(found), end


@lru_cache(maxsize=4096)
def _head(word: str) -> str:
    if word[0] == HOLE:
        return HOLE
    found = stem(word)
    return vocabulary().same.get(found, found)
