from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.economics.providers import cache_rule
from promptc.inspection import Lead, Project, Verdict
from promptc.results import CacheRule

_MOVABLE = 256
"""Static tokens behind a value that are worth moving it for: those are for PC301 to report."""


@dataclass(frozen=True)
class ShortPrefix:
    """A static prefix that is just under the provider's minimum.

    Of a prefix that has fewer tokens than the minimum the prompt cache keeps nothing. Reported is
    one that lacks at most `within` tokens, after all static text that follows was counted to it.

    Why: A prompt of 1,000 static tokens costs more on a warm call than one of 1,030, since the
    longer one is read from the cache.

    Fix: Put a further example or the rules for a rare case into the static part: what brings it
    over the minimum earns more than it costs. Or shorten it for good.

    Leave it: Where the calls are so rare that nothing stays in the cache between two of them.
    """

    code: ClassVar[str] = "PC302"
    name: ClassVar[str] = "short-prefix"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    within: int = 100
    """A prefix that lacks more tokens is not reported."""

    def judge(self, project: Project) -> Iterator[Verdict]:
        rule = cache_rule(project.model)
        for item in project.items:
            lead = item.record.lead
            if rule is None or lead is None or item.included:
                continue
            lacks = _lacks(rule.minimum, lead)
            if 0 < lacks <= self.within:
                yield Verdict(item, _said(project, rule, lacks))


def _lacks(minimum: int, lead: Lead) -> int:
    """Tokens that the prefix lacks, with what stands behind the value, or else without."""
    together = minimum - lead.tokens - lead.rest
    return together if together > 0 or lead.rest >= _MOVABLE else minimum - lead.tokens


def _said(project: Project, rule: CacheRule, lacks: int) -> str:
    saved = project.cached((rule.minimum - lacks) * 1000)
    money = f"; kept, they cost ${saved:,.2f} less per 1,000 warm calls" if saved else ""
    return (
        f"{rule.minimum - lacks:,} static tokens are {lacks:,} under the {rule.minimum:,} from "
        f"which the prompt cache of {rule.provider} keeps any{money}"
    )
