"""Text to words, numbers and marks, with their places; and how a word is spelled.

This is the token of the embedded scorer: never a part of a word or of a number. An ideograph is a
word. Every character but white space belongs to a token.
"""

from __future__ import annotations

import functools
import re
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# Accents, vowel signs and joiners, which stand inside words and are not letters for `re`.
_SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
    "\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e\u200c\u200d"
)
_LETTER = rf"[^\W\d_{_IDEOGRAPHS}]"
_WORD = rf"{_LETTER}(?:{_LETTER}|[{_SIGNS}])*"
# Most words are found by the first alternative, in a third of the time; it takes no other ones.
_PIECE = re.compile(
    rf"[a-z]++(?!['’\u0080-\U0010ffff])|\s+|{_WORD}(?:['’]{_WORD})*|\d+(?:[.,]\d+)*|.", re.DOTALL
)

# How the spelling of a word is read: letters and digits as they are, then classes of characters.
# The bits say which character of its class it is, roughly the logarithm of how many are in use.
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
CLASSES = {"join": 1, "latin": 5, "letter": 8, "other": 10, "edge": 0}
_JOIN, _LATIN, _OTHER_LETTER, _OTHER, EDGE = range(len(ALPHABET), len(ALPHABET) + len(CLASSES))
SIZE = EDGE + 1

# Characters from here on are spelled by one class.
_TABLE = 0x2000


# A capital after one of these tells nothing.
_OPENERS = frozenset('.!?:;"“”(*#-–—•|>')


class Pieces(NamedTuple):
    """The tokens of a text in lower case, and the half-open characters of each."""

    words: list[str]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]


class Cases(NamedTuple):
    """For each token whether it starts with a capital, and whether a sentence or line starts."""

    capital: NDArray[np.bool_]
    opens: NDArray[np.bool_]


def lower(text: str) -> str:
    """*text* in lower case, character by character: as long as it was."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(char if len(char.lower()) != 1 else char.lower() for char in text)


def pieces(lowered: str) -> Pieces:
    """Split a text that `lower` has been through."""
    import numpy as np

    found = _PIECE.findall(lowered)
    stops = np.cumsum(np.fromiter(map(len, found), np.int64, len(found)))
    seen = ~np.fromiter(map(str.isspace, found), np.bool_, len(found))
    starts = np.concatenate([np.zeros(1, np.int64), stops[:-1]])[: len(found)]
    return Pieces(list(compress(found, seen.tolist())), starts[seen], stops[seen])


def cases(text: str, lowered: str, found: Pieces) -> Cases:
    """How the tokens *found* in *lowered* are written in *text*."""
    import numpy as np

    if not found.words:
        return Cases(np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    written = _codes(text)
    lines = np.cumsum(written == ord("\n"))[found.starts]
    after_mark = np.fromiter(map(_OPENERS.__contains__, found.words), np.bool_, len(found.words))
    opens = np.r_[True, after_mark[:-1] | (lines[1:] > lines[:-1])]
    return Cases((written != _codes(lowered))[found.starts], opens)


def _codes(text: str) -> NDArray[np.uint32]:
    """The code points of *text*."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def spelling(words: list[str]) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.int64]]:
    """How *words* are spelled, one after the other, an edge after each.

    Returns for each character its class after the classes of the two before it, as an index into a
    cube of SIZE; the bits that tell it from others of its class; and where each word starts.
    """
    import numpy as np

    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
    classes = _classes()[np.minimum(_codes("\0".join([*words, ""])), _TABLE)].astype(np.intp)
    stops = np.cumsum(lengths)
    starts = stops - lengths
    classes[stops - 1] = EDGE
    before = np.r_[EDGE, classes[:-1]]
    two_before = np.r_[EDGE, before[:-1]]
    two_before[starts] = EDGE
    index = (two_before * SIZE + before) * SIZE + classes
    return index, _class_bits()[classes], starts


@functools.cache
def _classes() -> NDArray[np.uint8]:
    """The class of each character up to `_TABLE`."""
    import numpy as np

    table = np.full(_TABLE + 1, _OTHER, np.uint8)
    for code in range(_TABLE):
        if chr(code).isalpha():
            table[code] = _LATIN if code < 0x250 else _OTHER_LETTER
    for place, char in enumerate(ALPHABET):
        table[ord(char)] = place
    table[[ord(char) for char in "'.,"]] = _JOIN
    return table


@functools.cache
def _class_bits() -> NDArray[np.float64]:
    import numpy as np

    return np.array([0] * len(ALPHABET) + list(CLASSES.values()), np.float64)
