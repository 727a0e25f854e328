"""How much of a document must be retrieved for its questions to be answered: tried, not guessed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from promptc.outlining.bringing import Brought
from promptc.outlining.questions import Asked, answered, plain
from promptc.protocols import Wanted
from promptc.results import Trial

STEPS = (
    300, 400, 500, 600, 800, 1_000, 1_250, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 8_000,
    10_000, 12_500, 15_000, 20_000,
)  # fmt: skip
"""Limits in tokens that are tried, the least first."""
MOST = 100
"""Passages that no trial goes beyond where the limit is in tokens."""
SAVES = 0.8
"""A hole that may take more than this share of its document does not pay for what may be lost."""
TAIL = 0.7
"""How fast needs beyond the known ones become rare, an exponent; measured on dev questions.

Within one document the tokens that answer a question differ by a factor of a hundred.
"""


Retrieve = Callable[[str, int, int], Brought]
"""Retrieves for a query: at most so many passages, at most so many tokens."""
Reach = Callable[[Asked, int], float]
"""Tokens of the first whole passages, so many at most, that answer a question; else `inf`."""


@dataclass
class Trials:
    """Tries limits on *asked*, all of which the document answers; each limit once.

    *reach* tells beforehand from which limit on trying is worth its time.
    """

    retrieve: Retrieve
    asked: Sequence[Asked]
    reach: Reach = lambda asked, k: 0.0
    _known: dict[tuple[int, int], tuple[Trial, int]] = field(default_factory=dict)

    def at(self, k: int, tokens: int) -> Trial:
        """What retrieval within these limits gives."""
        return self._at(k, tokens)[0]

    def passages(self, k: int, tokens: int) -> int:
        """The most passages that any question gets within these limits."""
        return self._at(k, tokens)[1]

    def needs(self, recall: float, k: int) -> float:
        """About the tokens that *recall* of the questions need; `inf` where nothing is enough."""
        found = sorted(self.reach(each, k) for each in self.asked)
        return found[max(math.ceil(recall * len(found) - 1e-9), 1) - 1]

    @property
    def tried(self) -> tuple[Trial, ...]:
        """Every limit that was tried, in order."""
        return tuple(trial for trial, _ in self._known.values())

    def _at(self, k: int, tokens: int) -> tuple[Trial, int]:
        if (k, tokens) not in self._known:
            found = [self.retrieve(each.ask, k, tokens) for each in self.asked]
            pairs = zip(self.asked, found, strict=True)
            hits = sum(answered(each.answers, plain(text.text)) for each, text in pairs)
            mean = sum(each.tokens for each in found) / len(found)
            most = max(each.passages for each in found)
            self._known[k, tokens] = Trial(k, tokens, hits / len(found), mean), max(most, 1)
        return self._known[k, tokens]


class Choice(NamedTuple):
    """Limits, and what was tried on the way, by tokens and by k.

    *enough* is how many questions it takes to rely on them, where the known ones are too few; 0
    where they do.
    """

    chosen: Trial
    by_tokens: tuple[Trial, ...]
    by_k: tuple[Trial, ...]
    enough: int = 0


def choose(trials: Trials, wanted: Wanted, before: int) -> Choice | None:
    """The least limits at which enough is answered, and a step more, within what *wanted* fixes.

    *before* are the tokens of the document. ``None`` where no limit that saves is enough.
    """
    k = wanted.k or MOST
    steps = _worth(_steps(wanted, before), trials.needs(wanted.recall, k))
    tried = [trials.at(k, tokens) for tokens in _until(trials, wanted, k, steps)]
    good = [each for each in tried if each.recall >= wanted.recall]
    if not good:
        return None
    tokens = good[-1].tokens
    # More passages than any question got change nothing.
    chosen = good[-1]._replace(k=wanted.k or trials.passages(k, tokens))
    by_k = (trials.at(few, tokens) for few in _few(chosen.k))
    needed = min(trials.needs(wanted.recall, k), good[0].tokens)
    number = 0 if wanted.tokens else enough(needed, SAVES * before, wanted.recall)
    number = number if number > len(trials.asked) else 0
    return Choice(chosen, tuple(tried), tuple(dict.fromkeys((*by_k, chosen))), number)


def _steps(wanted: Wanted, before: int) -> list[int]:
    if wanted.tokens:
        return [wanted.tokens]
    return [tokens for tokens in STEPS if tokens <= SAVES * before]


def _worth(steps: Sequence[int], needed: float) -> Sequence[int]:
    """*steps* from the one before *needed* on: a passage that is cut may bring the answer too."""
    first = next((number for number, step in enumerate(steps) if step >= needed), len(steps))
    return steps[max(first - 1, 0) :]


def _until(trials: Trials, wanted: Wanted, k: int, steps: Sequence[int]) -> Iterator[int]:
    """Those of *steps* that need trying: up to the first that is enough, and a margin beyond it.

    The least limit at which the known questions are answered is too small for the ones to come;
    the fewer are known, the more so.
    """
    end = math.inf
    for tokens in steps:
        if tokens > end:
            return
        yield tokens
        if end == math.inf and trials.at(k, tokens).recall >= wanted.recall:
            end = tokens * margin(len(trials.asked), wanted.recall)


def margin(questions: int, recall: float) -> float:
    """How many times the least limit is taken, by how many questions it was found with.

    A sample tells the rarer cases the worse the smaller it is, by the root of its size; one that is
    too small to hold any of them, by `beyond`. `benchmarks/outlining.py` measures what it is worth
    on questions that were not known.

    >>> [round(margin(questions, 0.95), 1) for questions in (4, 16, 100)]
    [7.2, 2.0, 1.4]
    """
    return max(1 + 4 / math.sqrt(max(questions, 1)), beyond(questions, recall))


def beyond(questions: int, recall: float) -> float:
    """How many times the most that any of *questions* needs covers *recall* of all others.

    One more question needs more than n known ones with a chance of 1/(n + 1). Beyond the known
    ones needs are taken to fall off as a power of the need, as Pareto's distribution does.
    """
    return math.pow(max(1 / (_missed(recall) * (questions + 1)), 1), 1 / TAIL)


def enough(needed: float, most: float, recall: float) -> int:
    """How many questions that need *needed* tokens show that *most* cover *recall* of others.

    >>> enough(300, 9_000, 0.95), enough(3_000, 9_000, 0.95)
    (1, 9)
    """
    times = math.pow(max(most / max(needed, 1), 1), TAIL)
    return max(math.ceil(1 / (_missed(recall) * times) - 1), 1)


def _missed(recall: float) -> float:
    """The share of questions that may go unanswered; for all of them a hundredth."""
    return max(1 - recall, 0.01)


def _few(most: int) -> list[int]:
    return [k for k in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) if k < most]
