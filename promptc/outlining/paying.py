"""What a template costs with its documents and with retrieval, the provider's cache counted.

A document that stands first is read from the cache at a part of its price by every call that comes
soon after another; what retrieval brings is another text each time, and ends the part that is kept.
"""

from __future__ import annotations

import math

from promptc.economics.caching import judge, plan, warm_share
from promptc.economics.providers import cache_rule
from promptc.prices import Price, cost
from promptc.results import Compiled, Paying

_MONTH = 30 * 24 * 3600


def paying(compiled: Compiled, price: Price, calls: int | None) -> Paying | None:
    """Compare the output of *compiled* with what it would be had its documents stayed.

    *calls* are per month. ``None`` where no document was moved.
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
    old, new = compiled.prefixes
    one = plan(old, before, rule=rule, price=price)
    two = plan(new, after, rule=rule, price=price)
    verdict = judge(one, two, calls_per_month=calls)
    return Paying(
        told.before,
        told.after,
        warm_before=one.warm,
        warm_after=two.warm,
        cached=one.cached,
        share=None if calls is None else warm_share(calls, one.seconds),
        loses=verdict.loses,
        tipping=verdict.tipping,
        busy=_busy(verdict.tipping, one.seconds),
    )


def _busy(share: float | None, seconds: int) -> int | None:
    """The calls a month at which *share* of them are warm, where they come at random."""
    if share is None or share >= 1:
        return None
    return math.ceil(-math.log1p(-share) * _MONTH / seconds)
