"""Text to the word pieces of BERT's uncased tokenizer.

A word is split once and remembered, so a text costs one regular expression and one dictionary
look-up per word. `tokenizers` gives the same pieces (the tests hold the two together) but takes
several times as long, most of it in making objects.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Marks and spaces that end a word. Of those outside ASCII only the most common stand here; the
# rest are found when the word is split.
_ASCII_MARKS = r"!-/:-@\[-`{-~"
_OTHER_MARKS = "‘’“”–—…"
_WORD = re.compile(
    rf"[^\x00-\x20\x7f\s{_ASCII_MARKS}{_OTHER_MARKS}]+|[{_ASCII_MARKS}{_OTHER_MARKS}]"
)

# BERT takes a longer word for one unknown piece.
_LONGEST = 100

# Words remembered, and the longest that is: at most about 15 MB.
_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 30

_IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class Pieces(NamedTuple):
    """The pieces of a text: their ids, and for each the character where its word starts."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]


class WordPiece:
    """Splits text into pieces of *vocabulary*; a word without pieces gives those of *unknown*.

    Safe from many threads.
    """

    def __init__(self, vocabulary: Mapping[str, int], unknown: Sequence[str] = ()) -> None:
        self._words = _Words(vocabulary, unknown)

    def ids(self, text: str) -> list[int]:
        """The pieces of *text*."""
        return list(chain.from_iterable(map(self._words.__getitem__, _WORD.findall(text))))

    def words(self, text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The words and marks of *text*, each with its pieces."""
        return ((word, self._words[word]) for word in _WORD.findall(text))

    def pieces(self, text: str) -> Pieces:
        """The pieces of *text* and where they stand."""
        import numpy as np

        matches = list(_WORD.finditer(text))
        found = [self._words[match[0]] for match in matches]
        starts = np.fromiter((match.start() for match in matches), np.int64, len(matches))
        counts = np.fromiter(map(len, found), np.int64, len(found))
        ids = np.fromiter(chain.from_iterable(found), np.int32)
        return Pieces(ids, np.repeat(starts, counts))


class _Words(dict[str, tuple[int, ...]]):
    """The pieces of every word seen, up to a limit. Looking one up splits it."""

    def __init__(self, vocabulary: Mapping[str, int], unknown: Sequence[str]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._unknown = [vocabulary[piece] for piece in unknown]

    def __missing__(self, word: str) -> tuple[int, ...]:
        parts = (word.lower(),) if word.isascii() else _normal(word)
        found = tuple(chain.from_iterable(map(self._longest_first, parts)))
        if len(word) <= _LONGEST_REMEMBERED and len(self) < _REMEMBERED:
            self[word] = found
        return found

    def _longest_first(self, word: str) -> list[int]:
        """The longest piece that *word* starts with, then those of the rest, or what is unknown."""
        whole = self._vocabulary.get(word)
        if whole is not None or len(word) > _LONGEST:
            return self._unknown if whole is None else [whole]
        found: list[int] = []
        first = 0
        while first < len(word):
            prefix = "##" if first else ""
            for end in range(len(word), first, -1):
                piece = self._vocabulary.get(prefix + word[first:end])
                if piece is not None:
                    break
            else:
                return self._unknown
            found.append(piece)
            first = end
        return found


def _normal(word: str) -> Iterator[str]:
    """The words that BERT reads in *word*: lower case, no accents, marks and ideographs alone."""
    cleaned = "".join(_clean(char) for char in word)
    decomposed = unicodedata.normalize("NFD", cleaned)
    bare = "".join(char.lower() for char in decomposed if unicodedata.category(char) != "Mn")
    for part in bare.split():
        yield from _at_marks(part)


def _clean(char: str) -> str:
    if any(first <= ord(char) <= last for first, last in _IDEOGRAPHS):
        return f" {char} "
    return "" if unicodedata.category(char).startswith("C") else char


def _at_marks(part: str) -> Iterator[str]:
    first = 0
    for at, char in enumerate(part):
        if unicodedata.category(char).startswith("P") or char in "$+<=>^`|~":
            yield from filter(None, (part[first:at], char))
            first = at + 1
    if first < len(part):
        yield part[first:]
