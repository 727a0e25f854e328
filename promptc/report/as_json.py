"""The report of a build as JSON: what `promptc/schemas/report.schema.json` describes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from promptc.report import figures, sums
from promptc.report.figures import Bill, Totals
from promptc.report.sums import Sum
from promptc.results import (
    Built,
    CacheRule,
    CacheVerdict,
    Caching,
    Compiled,
    Cost,
    Money,
    Outline,
    Paying,
    PrefixCost,
    SampleCost,
    Step,
    Trial,
    Undone,
)

VERSION = 3
_DOLLAR_DIGITS = 10
_TOKEN_DIGITS = 6
_CALLS = 1000

# DEL, and the first character of "::" and "##", which open a command in a CI log. Outside its
# strings the report has none of them.
_OBEYED = re.compile(r"\x7f|:(?=:)|#(?=#)")

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | float | bool | None"


def as_json(built: Built) -> str:
    """Write the report of *built* as JSON text: ASCII only, every number a number.

    What a terminal or a CI log would obey is written in ``\\u`` escapes, so the text can be
    printed anywhere, and a reader of the JSON still gets the names and messages as they are.
    """
    return escaped(json.dumps(_report(built), indent=2, ensure_ascii=True))


def escaped(text: str) -> str:
    """Write in ``\\u`` escapes what a terminal or a CI log would obey in the JSON *text*."""
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _report(built: Built) -> Json:
    total = figures.totals(built)
    return {
        "version": VERSION,
        "model": built.model,
        "tokenizer": built.tokenizer,
        "exact": built.exact,
        "level": built.level,
        "price_date": total.date or None,
        "out": built.out,
        "published": built.published,
        "cached": built.cached,
        "removed": list(built.removed),
        "notes": list(built.notes),
        "cache_rule": _rule(built.cache_rule),
        "totals": _totals(total, built),
        "files": [_file(file) for file in built.files],
        "failures": [{"name": each.name, "message": each.message} for each in built.failures],
    }


def _totals(total: Totals, built: Built) -> Json:
    return {
        "templates": total.templates,
        "changed": total.changed,
        "failed": len(built.failures),
        "tokens": {
            "exact": total.exact,
            "before": _tokens(total.before),
            "after": _tokens(total.after),
            "saved": _tokens(total.saved),
            "share": round(total.share, _TOKEN_DIGITS),
            "worst": total.worst or None,
        },
        "per_1000_calls": _bill(total.call, _CALLS),
        "per_month": _bill(total.month, 1),
        "by_guarantee": [_guarantee(each) for each in sums.by_guarantee(built.files)],
        "by_pass": [_pass(each) for each in sums.by_pass(built.files)],
    }


def _guarantee(each: Sum) -> Json:
    return {"guarantee": each.name, **_sum(each)}


def _pass(each: Sum) -> Json:
    told = {"pass": each.name, "guarantee": each.guarantee}
    return {**told, **_sum(each), "rules": dict(each.rules)}


def _sum(each: Sum) -> dict[str, Json]:
    return {
        "templates": each.templates,
        "edits": each.edits,
        "undone": each.undone,
        "skipped": each.skipped,
        "saved": each.saved,
    }


def _file(file: Compiled) -> Json:
    return {
        "name": file.name,
        "changed": file.changed,
        "tokens": _cost(file.cost),
        "symbolic": file.cost.symbolic,
        "money": _money(file.cost.money),
        "prefix": _prefix(file.prefix),
        "cache": _cache(file.cost.caching),
        "steps": [_step(step) for step in file.steps],
        "undone": [_undone(each) for step in file.steps for each in step.undone],
        "drops": len(file.drops),
        "notes": list(file.notes),
        "requires": list(file.requires),
        "documents": [_outline(each) for each in file.outlines],
        "retrieval": _paying(file.paying),
    }


def _outline(each: Outline) -> Json:
    return {
        "name": each.name,
        "place": each.place,
        "file": each.file or None,
        "moved": each.moved,
        "why": each.why or None,
        "tokens": each.before,
        "k": each.k or None,
        "limit": each.tokens or None,
        "retrieved": _tokens(each.mean),
        "asked": each.asked,
        "answered": each.answered,
        "recall": round(each.recall, _TOKEN_DIGITS),
        "weak": each.weak,
        "embedder": each.embedder or None,
        "by_k": [_trial(trial) for trial in each.by_k],
        "by_tokens": [_trial(trial) for trial in each.by_tokens],
    }


def _trial(each: Trial) -> Json:
    recall = round(each.recall, _TOKEN_DIGITS)
    return {"k": each.k, "limit": each.tokens, "recall": recall, "tokens": _tokens(each.mean)}


def _paying(paying: Paying | None) -> Json:
    if paying is None:
        return None
    warm = (paying.warm_before, paying.warm_after)
    before, after = (None if each is None else _dollars(each * _CALLS) for each in warm)
    return {
        "per_1000_calls": {
            "document": _dollars(paying.before * _CALLS),
            "retrieval": _dollars(paying.after * _CALLS),
            "document_warm": before,
            "retrieval_warm": after,
        },
        "cached": paying.cached,
        "warm_share": None if paying.share is None else round(paying.share, _TOKEN_DIGITS),
        "pays": not paying.loses,
        "tipping": None if paying.tipping is None else round(paying.tipping, _TOKEN_DIGITS),
        "calls_per_month_at_tipping": paying.busy,
    }


def _cost(cost: Cost) -> Json:
    return {
        "basis": cost.basis,
        "exact": cost.exact,
        "before": _tokens(cost.before),
        "after": _tokens(cost.after),
        "saved": _tokens(cost.saved),
        "share": round(cost.share, _TOKEN_DIGITS),
        "worst": cost.worst if cost.basis == "samples" else None,
        "static_before": cost.static_before,
        "static_after": cost.static_after,
        "samples": [_sample(sample) for sample in cost.samples],
    }


def _sample(sample: SampleCost) -> Json:
    if sample.error:
        return {"name": sample.name, "before": None, "after": None, "error": sample.error}
    return {"name": sample.name, "before": sample.before, "after": sample.after, "error": None}


def _money(money: Money | None) -> Json:
    if money is None:
        return None
    once = Bill(money.before, money.after, money.output, 1)
    return {
        "date": money.date,
        "calls_per_month": money.calls,
        "per_1000_calls": _bill(once, _CALLS),
        "per_month": _bill(once, money.calls) if money.calls is not None else None,
    }


def _rule(rule: CacheRule | None) -> Json:
    if rule is None:
        return None
    return {
        "provider": rule.provider,
        "minimum": rule.minimum,
        "step": rule.step,
        "automatic": rule.automatic,
        "read": float(rule.read),
        "kept": [{"seconds": each.seconds, "write": float(each.write)} for each in rule.kept],
        "source": rule.source,
        "unsure": rule.unsure,
        "date": rule.date,
    }


def _prefix(prefix: PrefixCost) -> Json:
    shared = prefix.shared or (None, None)
    return {
        "before": prefix.before,
        "after": prefix.after,
        "shared_before": shared[0],
        "shared_after": shared[1],
        "files": list(prefix.files),
        "end": None if prefix.end is None else dict(prefix.end._asdict()),
    }


def _cache(verdict: CacheVerdict | None) -> Json:
    if verdict is None:
        return None
    return {
        "before": _caching(verdict.before),
        "after": _caching(verdict.after),
        "warm_share": round(verdict.warm_share, _TOKEN_DIGITS),
        "dearer": verdict.loses,
        "dearer_from": None if verdict.tipping is None else round(verdict.tipping, _TOKEN_DIGITS),
    }


def _caching(caching: Caching) -> Json:
    return {
        "prefix": caching.prefix,
        "cached": caching.cached,
        "break_even": caching.break_even,
        "per_1000_calls": {
            "uncached": _dollars(caching.uncached * _CALLS),
            "cold": _dollars(caching.cold * _CALLS),
            "warm": _dollars(caching.warm * _CALLS),
        },
    }


def _bill(bill: Bill | None, calls: int) -> Json:
    if bill is None:
        return None
    return {
        "before": _dollars(bill.before * calls),
        "after": _dollars(bill.after * calls),
        "saved": _dollars(bill.saved * calls),
        "output": _dollars(bill.output * calls),
        "templates": bill.templates,
    }


def _step(step: Step) -> Json:
    return {
        "pass": step.name,
        "version": step.version,
        "guarantee": step.guarantee,
        "edits": step.edits,
        "tokens_before": step.tokens_before,
        "tokens_after": step.tokens_after,
        "saved": step.saved,
        "undone": len(step.undone),
        "skipped": step.skipped,
        "rules": dict(step.rules),
        "checks": list(step.checks),
        "renderings": step.renderings,
    }


def _undone(each: Undone) -> Json:
    return {
        "pass": each.pass_name,
        "rule": each.rule,
        "source": each.source,
        "line": each.line,
        "column": each.column,
        "before": each.before,
        "after": each.after,
        "reason": each.reason,
    }


def _tokens(number: float) -> float:
    """A whole number where it is one, as tokens are."""
    return int(number) if number == int(number) else round(number, _TOKEN_DIGITS)


def _dollars(amount: Decimal) -> float:
    """The number nearest to *amount* that JSON readers hold; a double keeps 15 digits."""
    return float(round(amount, _DOLLAR_DIGITS))
