from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.economics.providers import cache_rule
from promptc.inspection import Lead, Project, Verdict


@dataclass(frozen=True)
class EarlyValue:
    """A value that changes, before static text that the provider's prompt cache could keep.

    A provider keeps what calls have in common from their first token on: at the first hole, loop or
    choice it stops. Counted is the literal text that follows on every path, outside of loops and
    choices, in the template itself. Reported is what the cache would keep more of if the value
    stood after it: nothing while the whole is under the provider's minimum. Templates that others
    include, templates for a tokenizer's chat, plain texts, in which a name in braces may be no
    hole, and models without a known cache are left out.

    Why: A token that is read from the cache costs a half to a tenth of one that is not. A date in
    the first line makes every call pay for the whole prompt in full.

    Fix: Move the value behind the instructions, or into the user's message.

    Leave it: Where the calls are so rare that nothing stays in the cache between two of them, or
    where a model must know the value before it reads the rest.
    """

    code: ClassVar[str] = "PC301"
    name: ClassVar[str] = "early-value"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    least: int = 256
    """Fewer static tokens after the value, and fewer to be kept, are not reported."""

    def judge(self, project: Project) -> Iterator[Verdict]:
        rule = cache_rule(project.model)
        for item in project.items:
            lead = item.record.lead
            if rule is None or lead is None or not lead.kind or item.included:
                continue
            more = rule.cached(lead.tokens + lead.rest) - rule.cached(lead.tokens)
            if min(more, lead.rest) >= self.least:
                yield Verdict(item, _said(project, lead, more), at=(lead.line, lead.column))


def _said(project: Project, lead: Lead, more: int) -> str:
    saved = project.cached(more * 1000)
    money = f", which costs ${saved:,.2f} per 1,000 warm calls" if saved else ""
    return (
        f"{lead.shown} ends what the provider's cache keeps after {lead.tokens:,} tokens; "
        f"{lead.rest:,} static tokens follow, so {more:,} more could be kept{money}"
    )
