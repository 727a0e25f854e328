"""The answers to the user's own questions are still there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from promptc.results import CheckResult

_TOKEN = re.compile(r"[^\W_]+|[^\w\s*`\"']")
_PLAIN = str.maketrans(
    {**dict.fromkeys("‘’‚‛ʼ", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


class Asked(NamedTuple):
    """A question, and the answers of which a text must hold one."""

    ask: str
    answers: tuple[str, ...]


class Kept(NamedTuple):
    """Whether the answer to a question stands in a text before, and after."""

    ask: str
    before: bool
    after: bool


@dataclass(frozen=True)
class Answers:
    """Whoever could read an answer off the text before can read it off the text after.

    An answer stands in a text where its words do, in order, case, spaces and typography aside. A
    question whose answer the text before doesn't hold is shown and not judged.
    """

    questions: tuple[Asked, ...]
    name = "answers"
    threshold = 1.0

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        """Compare two renderings; the score is the share of the answers before that are kept."""
        found = self.kept(before, after)
        held = [each for each in found if each.before]
        lost = [each for each in held if not each.after]
        score = (len(held) - len(lost)) / len(held) if held else 1.0
        return CheckResult(self.name, score, self.threshold, not lost, tuple(_told(found)))

    def kept(self, before: str, after: str) -> tuple[Kept, ...]:
        """For each question whether its answer stands in each text."""
        old, new = _folded(before), _folded(after)
        return tuple(
            Kept(each.ask, _stands(each.answers, old), _stands(each.answers, new))
            for each in self.questions
        )


def _told(found: Iterable[Kept]) -> Iterator[str]:
    for each in found:
        if each.before and not each.after:
            yield f"would lose the answer to {each.ask!r}"
        elif not each.before:
            kept = "is only in the text after" if each.after else "is in neither text"
            yield f"the answer to {each.ask!r} {kept}"


def _stands(answers: Iterable[str], text: str) -> bool:
    folded = (_folded(answer) for answer in answers)
    return any(f" {answer} " in f" {text} " for answer in folded if answer)


def _folded(text: str) -> str:
    """The words and signs of *text* in lower case, less quotes and emphasis, spaced alike."""
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return " ".join(_TOKEN.findall(plain.casefold()))
