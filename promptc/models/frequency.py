"""Token scores without a network: how rare a word is, and whether the text has used it before.

The probability of a token is a mix of two: its share of a large corpus, and its share of what
stands before it in this text and in the question. A word outside the table of 50,000 is spelled
out, letter by letter. A capital costs what it tells: much on a word seldom written so, nothing at
the start of a sentence. ``training/frequencies.py`` made the table and chose the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from promptc.models.packed import Model
from promptc.models.pieces import Pieces, cases, lower, pieces, spelling
from promptc.protocols import Hurry, Scores, patient

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Bits are stored in steps of a tenth, capitals in shares of 255.
BITS_STEP = 10
CAPITALS_STEP = 255

_UNKNOWN = -1


class FrequencyScorer:
    """Rates words, numbers and marks by surprisal, in bits to the nearest thousandth.

    Safe to use from many threads. *version* is the checksum of the table.
    """

    name = "embedded"

    def __init__(self, model: Model) -> None:
        import numpy as np

        facts = model.facts
        self.version = model.version
        self._weight: float = facts["cache_weight"]
        self._delay: float = facts["cache_delay"]
        self._ids = model.index("words")
        # The last entry of each array is that of unknown words: the place of id -1.
        self._bits = np.append(model.arrays["bits"] / BITS_STEP, facts["unknown_bits"])
        self._capitals = np.append(
            model.arrays["capitals"] / CAPITALS_STEP, facts["unknown_capitals"]
        )
        self._spelling = model.arrays["spelling"].ravel() / BITS_STEP

    def score(self, texts: Sequence[str], query: str = "", hurry: Hurry = patient) -> list[Scores]:
        """Rate every token of each text; the words of *query* count as seen before it."""
        asked = pieces(lower(query)).words
        found = list[Scores]()
        for text in texts:
            hurry()
            found.append(self._score(text, asked))
        return found

    def capitals(self, word: str) -> float | None:
        """The share of the uses of *word* that begin with a capital; ``None``: it is not known."""
        at = self._ids.get(lower(word))
        return None if at is None else float(self._capitals[at])

    def share(self, word: str) -> float | None:
        """The share of *word* among all words of a large corpus; ``None``: it is not known."""
        at = self._ids.get(lower(word))
        return None if at is None else float(2.0 ** -self._bits[at])

    def _score(self, text: str, asked: list[str]) -> Scores:
        import numpy as np

        lowered = lower(text)
        found = pieces(lowered)
        ids = self._look_up(found.words)
        alone = self._bits[ids] + self._case_bits(text, lowered, found, ids)
        unknown = np.flatnonzero(ids == _UNKNOWN)
        if len(unknown):
            alone[unknown] += self._spelling_bits([found.words[i] for i in unknown])
        bits = self._mix(alone, self._seen_before(found.words, ids, asked), len(asked))
        spans = np.stack([found.starts, found.stops], axis=1)
        return Scores(spans, np.round(bits, 3).astype(np.float32))

    def _look_up(self, words: list[str]) -> NDArray[np.int64]:
        import numpy as np

        return np.fromiter(map(self._ids.get, words, repeat(_UNKNOWN)), np.int64, len(words))

    def _case_bits(
        self, text: str, lowered: str, found: Pieces, ids: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """What the first letter's case tells: nothing where a sentence starts, nor in a mark."""
        import numpy as np

        capital, opens = cases(text, lowered, found)
        share = self._capitals[ids]
        return np.where(opens, 0, -np.log2(np.where(capital, share, 1 - share)))

    def _spelling_bits(self, words: list[str]) -> NDArray[np.float64]:
        import numpy as np

        index, extra, starts = spelling(words)
        bits: NDArray[np.float64] = np.add.reduceat(self._spelling[index] + extra, starts)
        return bits

    def _seen_before(
        self, words: list[str], ids: NDArray[np.int64], asked: list[str]
    ) -> NDArray[np.int64]:
        """How often each of *words* stands before itself, and in *asked*."""
        import numpy as np

        own: dict[str, int] = {}
        everything = np.r_[self._look_up(asked), ids]
        for at in np.flatnonzero(everything == _UNKNOWN).tolist():
            word = asked[at] if at < len(asked) else words[at - len(asked)]
            everything[at] = own.setdefault(word, len(self._ids) + len(own))
        order = np.argsort(everything, kind="stable")
        grouped = everything[order]
        first = np.r_[True, grouped[1:] != grouped[:-1]][: len(grouped)]
        places = np.arange(len(grouped))
        count = np.empty_like(places)
        count[order] = places - np.maximum.accumulate(np.where(first, places, 0))
        return count[len(asked) :]

    def _mix(
        self, alone: NDArray[np.float64], seen: NDArray[np.int64], asked: int
    ) -> NDArray[np.float64]:
        """Bits under both models, the text's own gaining weight as it goes on."""
        import numpy as np

        so_far = np.arange(len(alone)) + asked
        of_text = self._weight / (so_far + self._delay)
        rest = np.log2(1 - so_far * of_text)
        # A long word may be too improbable for a float; only one seen before needs the sum.
        new = alone - rest
        again = -np.log2(np.maximum(seen, 1) * of_text + np.exp2(-new))
        bits: NDArray[np.float64] = np.where(seen > 0, again, new)
        return bits
