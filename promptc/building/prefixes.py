"""What a build does to the prefixes that providers cache: nothing that costs more than it saves.

Judged after everything is compiled, for a prefix may run through several files. Where the shorter
prefix would cost more, the files that it runs through are compiled anew with their prefixes held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from promptc.building.batch import Batch
from promptc.building.jobs import Result, Settings
from promptc.config import Config
from promptc.config.sidecar import Sidecar
from promptc.economics.caching import Change, judge
from promptc.economics.providers import cache_rule
from promptc.files import Found
from promptc.prices import Price
from promptc.results import CacheRule, CacheVerdict


@dataclass(frozen=True)
class Prefixes:
    """The prefixes of a build's *results*, by name, under the configuration *config*."""

    results: Mapping[str, Result]
    config: Config

    @cached_property
    def rule(self) -> CacheRule | None:
        """What the provider of the model does with prefixes; ``None``: not known."""
        return cache_rule(self.config.model)

    def verdict(self, name: str, price: Price | None = None) -> CacheVerdict | None:
        """What became of the prefix of one template, by the prices of *price*."""
        rule = self.rule
        return None if rule is None else judge(self._change(name), rule, price)

    def shortened(self, name: str) -> list[str]:
        """The files that the prefix of a template runs through and that got shorter in it."""
        through = (name, *self.results[name].compiled.prefix.files)
        return [each for each in through if self._saved(each)]

    def _change(self, name: str) -> Change:
        result = self.results[name]
        compiled, side = result.compiled, result.found.sidecar
        prefix, cost = compiled.prefix, compiled.cost
        # A rendering brings in the sources of other files, not what they were compiled to.
        others = sum(map(self._saved, prefix.files))
        before = max(cost.before, prefix.before)
        after = prefix.after - others
        return Change(
            (prefix.before, after),
            (before, max(before - cost.saved - others, after)),
            *usage(side, self.config),
        )

    def _saved(self, name: str) -> int:
        """Tokens that the prefix of one file got shorter by."""
        found = self.results.get(name)
        return found.compiled.prefix.before - found.compiled.prefix.after if found else 0


def usage(side: Sidecar, config: Config) -> tuple[int | None, float | None]:
    """Calls per month, and the share of them that are warm; ``None`` where nobody said."""
    return calls(side, config), _stated(side.cache_hits, config.cache_hits)


def calls(side: Sidecar, config: Config) -> int | None:
    """Calls of the model per month with one template; ``None`` where nobody said."""
    stated = _stated(side.calls_per_month, config.calls_per_month)
    per_request = _stated(side.calls_per_request, config.calls_per_request) or 1
    return None if stated is None else int(stated * per_request)


def hold(
    batch: Batch, found: Sequence[Found], settings: Settings, config: Config, workers: int
) -> None:
    """Compile anew, with their prefixes held, what would cost more shortened than it does now."""
    notes: dict[str, str] = {}
    held: set[str] = set()
    while True:
        prefixes = Prefixes(batch.results, config)
        wanted: set[str] = set()
        for name in batch.results:
            verdict = prefixes.verdict(name)
            if verdict is None or prefixes.rule is None or name in notes:
                continue
            if verdict.loses:
                wanted.update(prefixes.shortened(name))
            if verdict.loses or verdict.tipping is not None:
                notes[name] = _note(verdict, prefixes.rule)
        wanted -= held
        if not wanted:
            break
        held |= wanted
        again = [each for each in found if each.name in wanted]
        for each in again:
            del batch.results[each.name]
        batch.compile(again, replace(settings, hold_prefix=True), workers, None)
    for name, note in notes.items():
        if name in batch.results:
            batch.results[name] = _noted(batch.results[name], note)


def _noted(result: Result, note: str) -> Result:
    compiled = result.compiled
    return replace(result, compiled=replace(compiled, notes=(*compiled.notes, note)))


def _note(verdict: CacheVerdict, rule: CacheRule) -> str:
    """Say what becomes of the cached prefix, whether it is held or not."""
    before, after = verdict.before, verdict.after
    kept = f"{after.cached:,} instead of {before.cached:,}" if after.cached else "none"
    told = (
        f"of {after.prefix:,} {rule.provider}'s cache would keep {kept}, and a call that finds "
        f"them there would cost {_more(after.warm / before.warm)}"
    )
    pays = f"fewer than {verdict.tipping or 0:.0%} of the calls"
    if verdict.loses:
        return (
            f"the {before.prefix:,} tokens that every call starts with are left as they are: "
            f"{told}; shorter they pay where {pays} do, which cache_hits or calls_per_month can say"
        )
    told = told.replace("would keep", "keeps").replace("would cost", "costs")
    return f"every call starts with fewer tokens: {told}; it pays as long as {pays} do"


def _more(times: Decimal) -> str:
    """How much dearer, as people say it.

    >>> _more(Decimal("1.06")), _more(Decimal(8))
    ('6% more', '8.0 times as much')
    """
    return f"{times:.1f} times as much" if times >= 2 else f"{times - 1:.0%} more"


def _stated(first: float | None, second: float | None) -> float | None:
    """The first of the two that says anything; 0 does."""
    return second if first is None else first
