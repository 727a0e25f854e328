"""What a search hands back."""

from __future__ import annotations

from dataclasses import dataclass

from promptc.passages import Passage
from promptc.source import Span


@dataclass(frozen=True)
class Hit:
    """A passage that a search found.

    *number* is its number in the index, *score* says how well it answers: higher is better, within
    one search. *text* is what is handed out: ``passage.text``, or of the last hit what a budget
    left of it, verbatim parts in order. *spans* are where *text* stands in the document. *tokens*
    are those of *text*.
    """

    number: int
    passage: Passage
    score: float
    text: str
    spans: tuple[Span, ...]
    tokens: int

    @property
    def shortened(self) -> bool:
        """Whether a part of the passage was left out."""
        return self.text != self.passage.text
