"""What a template costs with its documents and with retrieval, the provider's cache counted.

A document that stands first is read from the cache at a part of its price by every call that comes
soon after another; what retrieval brings is another text each time, and ends the part that is kept.
"""

from __future__ import annotations

import math

from promptc.economics.caching import Change, judge
from promptc.economics.providers import cache_rule
from promptc.prices import Price, cost
from promptc.results import Compiled, Paying

_MONTH = 30 * 24 * 3600


def paying(compiled: Compiled, price: Price, warm: float | None = None) -> Paying | None:
    """Compare the output of *compiled* with what it would be had its documents stayed.

    *warm* is the share of calls that find the cache warm, by default a typical one. ``None`` where
    no document was moved.
    """
    moved = [each for each in compiled.outlines if each.moved]
    if not moved:
        return None
    sampled = compiled.cost.basis == "samples"
    after = compiled.cost.after
    gone = sum(each.before - (each.mean if sampled else each.tokens) for each in moved)
    before = after + gone
    told = Paying(cost(price, before), cost(price, after), loses=after >= before)
    rule = cache_rule(price.model)
    if rule is None:
        return told
    prefix = compiled.prefix
    change = Change((prefix.before, prefix.after), (before, after), None, warm)
    verdict = judge(change, rule, price)
    one, two = verdict.before, verdict.after
    return Paying(
        told.before,
        told.after,
        warm_before=one.warm,
        warm_after=two.warm,
        cached=one.cached,
        share=verdict.warm_share,
        loses=verdict.loses,
        tipping=verdict.tipping,
        busy=_busy(verdict.tipping, one.seconds),
    )


def _busy(share: float | None, seconds: int) -> int | None:
    """The calls a month at which *share* of them are warm, where they come at random."""
    if share is None or share >= 1:
        return None
    return math.ceil(-math.log1p(-share) * _MONTH / seconds)
