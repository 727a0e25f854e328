"""What a static prefix is worth: calls that find it in the provider's cache, and calls that don't.

The first call of a while writes the prefix (cold), the others read it (warm). A shorter prompt can
cost more: 1,200 tokens of which 1,152 are read at a tenth of the price cost less than 960 that are
under the minimum and read in full.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from promptc.prices import Price
from promptc.results import CacheRule, CacheVerdict, Caching, Kept

TYPICAL = 0.9
"""The share of warm calls where nobody knows it: one call in two minutes, by the cache's clock."""

_SHARES = Price("", "", Decimal(1), None, Decimal(0), "", "")
"""A price at which an input token costs one millionth of a dollar, and the rest what rules say."""

_MONTH = 30 * 24 * 3600
"""Seconds of a month, as calls per month are meant."""


def plan(
    prefix: int, tokens: float, *, rule: CacheRule, price: Price, seconds: int | None = None
) -> Caching:
    """What a call of *tokens* tokens costs that starts with *prefix* static ones.

    *seconds* chooses among the lifetimes of *rule*: the shortest that lasts as long, by default the
    first. The prices of *price* go before the shares that *rule* states.
    """
    kept = _lifetime(rule, seconds)
    cached = rule.cached(min(prefix, math.floor(tokens)))
    read, write = _read(rule, price), _write(rule, kept, price)
    full = _exact(tokens) * price.input
    cold = full + cached * (write - price.input)
    warm = full - cached * (price.input - read)
    return Caching(
        prefix=prefix,
        cached=cached,
        minimum=rule.minimum,
        uncached=full.scaleb(-6),
        cold=cold.scaleb(-6),
        warm=warm.scaleb(-6),
        break_even=break_even(full, cold, warm),
        seconds=kept.seconds,
        automatic=rule.automatic,
    )


def break_even(uncached: Decimal, cold: Decimal, warm: Decimal) -> int | None:
    """The least number of calls, one cold and the rest warm, that cost less than uncached ones.

    ``None`` where no number does. *n* calls cost ``cold + (n - 1) * warm``.

    >>> break_even(Decimal(100), Decimal(125), Decimal(10))
    2
    >>> break_even(Decimal(100), Decimal(200), Decimal(10))
    3
    """
    if warm >= uncached:
        return None
    return math.floor((cold - warm) / (uncached - warm)) + 1


def warm_share(calls_per_month: float, seconds: int) -> float:
    """The share of calls that find the prefix in the cache, where calls come at random.

    A Poisson process: the chance that the call before was less than *seconds* ago. Calls that come
    in bursts find it more often.

    >>> round(warm_share(8640, 300), 3), warm_share(0, 300)
    (0.632, 0.0)
    """
    return 1 - math.exp(-calls_per_month * seconds / _MONTH)


def expected(caching: Caching, share: float) -> Decimal:
    """What a call costs when *share* of the calls are warm.

    Where the cache has to be asked for and would cost more than it saves, it is not asked for.
    """
    part = _exact(share)
    costs = part * caching.warm + (1 - part) * caching.cold
    return costs if caching.automatic else min(costs, caching.uncached)


class Change(NamedTuple):
    """A prompt before and after a change: its tokens, and those that every rendering starts with.

    *calls_per_month* is ``None`` where it is not known, as is *warm*, the share of calls that find
    the prefix in the cache.
    """

    prefix: tuple[int, int]
    tokens: tuple[float, float]
    calls_per_month: int | None = None
    warm: float | None = None


def judge(change: Change, rule: CacheRule, price: Price | None = None) -> CacheVerdict:
    """Judge *change* by what its calls cost with the provider's cache.

    Where neither the share of warm calls nor the calls per month are known, `TYPICAL` counts.

    Only the shares that *rule* states decide, so that a new price never decides anew. *price* is
    for the costs that are handed back; without it they are in tokens of full price, by the million.
    """
    before, after = _plans(change, rule, _SHARES)
    share = _warm(change, before.seconds)
    loses = expected(after, share) > expected(before, share)
    shown = _plans(change, rule, price) if price else (before, after)
    return CacheVerdict(*shown, share, loses, _tipping(before, after))


def _warm(change: Change, seconds: int) -> float:
    if change.warm is not None:
        return change.warm
    calls = change.calls_per_month
    return TYPICAL if calls is None else warm_share(calls, seconds)


def _plans(change: Change, rule: CacheRule, price: Price) -> tuple[Caching, Caching]:
    pairs = zip(change.prefix, change.tokens, strict=True)
    before, after = (plan(prefix, tokens, rule=rule, price=price) for prefix, tokens in pairs)
    return before, after


def _tipping(before: Caching, after: Caching) -> float | None:
    """Where the lines of the two costs over the share of warm calls cross."""
    saved, lost = before.cold - after.cold, after.warm - before.warm
    if lost <= 0:
        return None
    return float(max(saved, Decimal(0)) / (saved + lost)) if saved + lost > 0 else 0.0


def _lifetime(rule: CacheRule, seconds: int | None) -> Kept:
    if seconds is None:
        return rule.kept[0]
    lasting = [each for each in rule.kept if each.seconds >= seconds]
    return min(lasting, default=max(rule.kept))


def _read(rule: CacheRule, price: Price) -> Decimal:
    return price.input * rule.read if price.cached_input is None else price.cached_input


def _write(rule: CacheRule, kept: Kept, price: Price) -> Decimal:
    """The price data know one price for writing: that of the default lifetime."""
    if price.cache_write is not None and kept == rule.kept[0]:
        return price.cache_write
    return price.input * kept.write


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
