from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.inspection import Item, Project, Verdict

PERCENT, TOKENS = 10.0, 50
"""How much a template may grow where no budget says it: both must be exceeded."""


@dataclass(frozen=True)
class Grown:
    """A template that has grown past its limit.

    It is compared with the baseline file, or without one with git `HEAD`, or the revision that
    `--since` names. Growth is too much when it exceeds all that the budget states of
    `growth_percent` and `growth_tokens`; without a budget, when it exceeds 10 % and 50 tokens.
    Tokens are those that PC101 measures, with the samples of today on both sides. A partial that
    grows makes every template grow that includes it. A new template has nothing to grow from.

    Why: Prompts grow by a line a week, and no line is the one that made them expensive.

    Fix: Take away what the new text replaces. Where the growth is meant: measured against `HEAD` it
    counts once, in the commit that adds it, and a budget can allow it. In a baseline, take out the
    entry and write it anew with `promptc check --update-baseline`. Getting smaller always passes,
    and `--update-baseline` makes it the new limit.

    Leave it: In the pull request that adds a feature to the prompt; its reviewer sees the number.
    """

    code: ClassVar[str] = "PC103"
    name: ClassVar[str] = "grown"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for item in project.items:
            if item.past is not None and _too_much(item, item.past.tokens):
                yield Verdict(item, _said(project, item, item.past.tokens, item.past.what))


def _too_much(item: Item, before: float) -> bool:
    percent, tokens = item.limits.growth_percent, item.limits.growth_tokens
    if percent is None and tokens is None:
        percent, tokens = PERCENT, TOKENS
    grown = item.record.tokens - before
    if grown <= 0:
        return False
    over_share = percent is None or grown * 100 > before * percent
    return over_share and (tokens is None or grown > tokens)


def _said(project: Project, item: Item, before: float, what: str) -> str:
    now, guess = item.record.tokens, "" if item.record.exact else "~"
    share = f" ({(now - before) / before:+.0%})" if before else ""
    more = project.dollars((now - before) * 1000)
    money = f", ${more:,.2f} more per 1,000 calls" if more is not None and more >= 0.01 else ""
    return (
        f"grown by {guess}{now - before:,.0f} tokens{share}, from {guess}{before:,.0f} {what} to "
        f"{guess}{now:,.0f}{money}"
    )
