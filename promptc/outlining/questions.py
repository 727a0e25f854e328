"""What a document is asked, and whether a text answers it.

The user's own questions are evidence. Where there are none, headings stand in for them: whoever
asks for a section by its name should get what it says. That is weak evidence, and is called so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptc.passages import Kind, Passage

_MARKS = re.compile(r"[*_`]+")
_NUMBER = re.compile(r"^(?:§+\s*)?(?:\d+(?:\.\d+)*|[A-Z])[.)]?\s+(?=\S)")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SHOWN = 60
"""Characters of a section's beginning that stand for its answer."""
_LEAST = 12


class Asked(NamedTuple):
    """A question, and the texts of which one must be there to answer it."""

    ask: str
    answers: tuple[str, ...]


def plain(text: str) -> str:
    """*text* as answers are compared: no case, no emphasis, single spaces.

    >>> plain("**Two**  hours")
    'two hours'
    """
    folded = unicodedata.normalize("NFKC", _MARKS.sub("", text)).casefold()
    return " ".join(folded.split())


def answered(answers: Sequence[str], text: str) -> bool:
    """Whether *text*, which is `plain`, holds one of *answers* in whole words.

    >>> answered(["26"], "you have 26 days"), answered(["26"], "costs 26.50, or 126")
    (True, False)
    """
    return any(_holds(text, wanted) for each in answers if (wanted := plain(each)))


def _holds(text: str, wanted: str) -> bool:
    at = text.find(wanted)
    while at >= 0:
        stop = at + len(wanted)
        if not (_joins(text[:at][-2:], wanted[0]) or _goes_on(text[stop : stop + 2], wanted[-1])):
            return True
        at = text.find(wanted, at + 1)
    return False


def _joins(before: str, first: str) -> bool:
    """Whether the answer begins inside of a word or a number."""
    if not before or not first.isalnum() or _WIDE.match(first):
        return False
    inside = before[-1].isalnum() and not _WIDE.match(before[-1])
    return inside or (first.isdigit() and before[-1] in ".," and before[0].isdigit())


def _goes_on(after: str, last: str) -> bool:
    """Whether the word or the number that the answer ends with goes on."""
    if not after or not last.isalnum() or _WIDE.match(last):
        return False
    inside = after[0].isalnum() and not _WIDE.match(after[0])
    return inside or (last.isdigit() and after[0] in ".," and after[1:].isdigit())


def drawn(passages: Sequence[Passage]) -> tuple[Asked, ...]:
    """Questions that the headings and the questions of a document ask about it, each once."""
    return tuple(dict.fromkeys(_drawn(passages)))


def _drawn(passages: Sequence[Passage]) -> Iterator[Asked]:
    seen: set[tuple[str, ...]] = set()
    for each in passages:
        if each.kind is Kind.QUESTION:
            ask, _, answer = each.text.strip().partition("\n")
            yield from _asked(ask, answer)
        if each.path and each.path not in seen:
            seen.add(each.path)
            yield from _asked(_NUMBER.sub("", each.path[-1]), _below(each))


def _asked(ask: str, answer: str) -> Iterator[Asked]:
    """One question, if there is an answer to know it by."""
    answer = answer.strip()
    end = len(answer) if len(answer) <= _SHOWN else max(answer.rfind(" ", 0, _SHOWN), _LEAST)
    if ask.strip() and len(answer[:end]) >= _LEAST:
        yield Asked(ask.strip(), (answer[:end].partition("\n")[0].strip() or answer[:end],))


def _below(passage: Passage) -> str:
    """The text of *passage* less the headings that it opens with."""
    titles = {plain(each) for each in passage.path}
    rest = passage.text.lstrip().split("\n")
    while rest and (not rest[0].strip() or plain(rest[0].strip("#=- \t")) in titles):
        rest.pop(0)
    return "\n".join(rest)
