"""What calls of one template cost: before and after, without a cache, cold and warm."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from promptc.report import figures, prefixes
from promptc.report.page.views import Grid
from promptc.results import Caching, Compiled, Money

CALLS = 1000


def costs(file: Compiled, money: Money) -> Grid:
    """What 1,000 calls cost before and after: without a cache, cold and warm, and the answers."""
    exact, verdict = file.cost.exact, file.cost.caching
    rows = [_priced("input", money.before, money.after, exact)]
    notes: list[str] = []
    if verdict and (verdict.before.cached or verdict.after.cached):
        old, new = verdict.before, verdict.after
        rows[0] = _priced("input, no cache", money.before, money.after, exact)
        rows.append(_priced("input, cold: writes the cache", old.cold, new.cold, exact))
        rows.append(_priced("input, warm: reads it", old.warm, new.warm, exact))
        notes += _cache_notes(file, new)
        if verdict.loses:
            notes.append(
                f"At {figures.share(verdict.warm_share)} warm calls the shorter prompt costs more, "
                "for less of it is cached."
            )
    elif verdict:
        notes.append(_uncached(verdict.after, exact))
    if money.output:
        price = figures.dollars(money.output * CALLS)
        rows.append(("answers, as stated", price, price, "–"))
    notes.append(f"Prices of {money.date}.")
    return Grid("Cost of 1,000 calls", ("before", "after", "saved"), tuple(rows), tuple(notes))


def _cache_notes(file: Compiled, after: Caching) -> Iterator[str]:
    exact = file.cost.exact
    if after.cached:
        pays = f"; it pays from {after.break_even} calls" if after.break_even else ""
        yield (
            f"{figures.tokens(after.cached, exact)} of {figures.tokens(file.cost.after, exact)} "
            f"tokens are cached for {prefixes.lasting(after.seconds)} after their last use{pays}."
        )
    else:
        yield _uncached(after, exact)
    if file.prefix.end:
        yield f"The static start ends at {prefixes.place(file.prefix.end)}."


def _uncached(after: Caching, exact: bool) -> str:
    return (
        f"{figures.tokens(after.prefix, exact)} static tokens start the prompt; the provider’s "
        f"cache keeps {after.minimum:,} or more, so every call is cold."
    )


def _priced(name: str, before: Decimal, after: Decimal, exact: bool) -> tuple[str, ...]:
    both = [figures.dollars(each * CALLS, exact) for each in (before, after)]
    saving = figures.dollars((before - after) * CALLS, exact) if before != after else "–"
    return name, *both, saving
