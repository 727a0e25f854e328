from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.inspection import Item, Project, Verdict


@dataclass(frozen=True)
class OverTokens:
    """A template that takes more tokens than its budget.

    `tokens` of a budget limits the mean of the samples, `worst` the largest of them. `budget` in
    the template's own file goes before, and limits the largest. A template without samples is
    measured by its static tokens, holes left out, and those of the files that it includes. What is
    measured is the template as it stands in the repository, before any build.

    Why: Every call pays for every token, and a prompt that outgrows the room it was given crowds
    out the documents and the conversation that it was written for.

    Fix: See what `promptc build --why` would save, move documents behind retrieval, or shorten the
    text. Where the prompt has to be longer, raise the budget in the same commit, so that the
    reviewer sees it.

    Leave it: Not at all: a budget that is not meant is a budget to raise.
    """

    code: ClassVar[str] = "PC101"
    name: ClassVar[str] = "over-tokens"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for item in project.items:
            message = _mean(item) or _worst(item)
            if message:
                yield Verdict(item, message)


def _mean(item: Item) -> str:
    record, most = item.record, item.limits.tokens
    if most is None or record.tokens <= most:
        return ""
    what = "on the mean of its samples" if record.sampled else "of literal text"
    return _said(item, record.tokens, most, what)


def _worst(item: Item) -> str:
    record, most = item.record, item.limits.worst
    if most is None or record.worst <= most:
        return ""
    return _said(item, record.worst, most, "in its worst sample" if record.sampled else "of text")


def _said(item: Item, tokens: float, most: int, what: str) -> str:
    guess = "" if item.record.exact else "~"
    return (
        f"{guess}{tokens:,.0f} tokens {what}, {guess}{tokens - most:,.0f} over the budget of "
        f"{most:,}"
    )
