"""Turn a `Compiled` into plain JSON and back, with nothing lost but its money.

Prices are not part of a cache key, so what a template costs in dollars is worked out afresh.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from promptc.results import (
    Compiled,
    Cost,
    Drop,
    Ending,
    Outline,
    PrefixCost,
    SampleCost,
    Step,
    Trial,
    Undone,
)
from promptc.source import Mapping, Span


def to_json(compiled: Compiled) -> dict[str, Any]:
    """Write *compiled* as dicts, lists, strings and numbers."""
    cost = compiled.cost
    return {
        "name": compiled.name,
        "source": compiled.source,
        "text": compiled.text,
        "data": _packed(compiled),
        "origins": [list(each) for each in compiled.origins],
        "steps": [_step(each) for each in compiled.steps],
        "drops": [list(each) for each in compiled.drops],
        "cost": {
            "basis": cost.basis,
            "exact": cost.exact,
            "before": cost.before,
            "after": cost.after,
            "worst": cost.worst,
            "static_before": cost.static_before,
            "static_after": cost.static_after,
            "symbolic": cost.symbolic,
            "samples": [list(each) for each in cost.samples],
        },
        "notes": list(compiled.notes),
        "requires": list(compiled.requires),
        "outlines": [asdict(each) for each in compiled.outlines],
        "prefix": _prefix(compiled.prefix),
    }


def from_json(record: dict[str, Any]) -> Compiled:
    """Read what `to_json` wrote; raise `ValueError` where *record* is something else."""
    try:
        return _compiled(record)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a record of a compiled template: {error!r}") from error


def _compiled(record: dict[str, Any]) -> Compiled:
    cost = dict(record["cost"])
    cost["samples"] = tuple(SampleCost(*each) for each in cost["samples"])
    text = record["text"]
    data = record["data"]
    return Compiled(
        name=record["name"],
        source=record["source"],
        text=text,
        data=text.encode(errors="surrogatepass")
        if data is None
        else base64.b64decode(data, validate=True),
        origins=tuple(map(_origin, record["origins"])),
        steps=tuple(map(_read_step, record["steps"])),
        drops=tuple(map(_drop, record["drops"])),
        cost=Cost(**cost),
        notes=tuple(record["notes"]),
        requires=tuple(record["requires"]),
        outlines=tuple(map(_outline, record["outlines"])),
        prefix=_read_prefix(record["prefix"]),
    )


def _packed(compiled: Compiled) -> str | None:
    """The bytes as base64; ``None`` where they are the text in UTF-8, as they mostly are."""
    if compiled.data == compiled.text.encode(errors="surrogatepass"):
        return None
    return base64.b64encode(compiled.data).decode()


def _prefix(prefix: PrefixCost) -> list[Any]:
    end = None if prefix.end is None else list(prefix.end)
    shared = None if prefix.shared is None else list(prefix.shared)
    return [prefix.before, prefix.after, end, list(prefix.files), shared]


def _read_prefix(row: list[Any]) -> PrefixCost:
    before, after, end, files, shared = row
    known = None if shared is None else (shared[0], shared[1])
    return PrefixCost(before, after, None if end is None else Ending(*end), tuple(files), known)


def _step(step: Step) -> list[Any]:
    undone = [list(each) for each in step.undone]
    rules, checks = [list(each) for each in step.rules], list(step.checks)
    counts = [step.tokens_before, step.tokens_after, step.edits]
    told = [undone, step.skipped, rules, checks, step.renderings]
    return [step.name, step.version, step.guarantee, *counts, *told]


def _read_step(row: list[Any]) -> Step:
    name, version, guarantee, before, after, edits, undone, skipped, *told = row
    rules, checks, renderings = told
    return Step(
        name,
        version,
        guarantee,
        before,
        after,
        edits,
        undone=tuple(map(_undone, undone)),
        skipped=skipped,
        rules=tuple((rule, count) for rule, count in rules),
        checks=tuple(checks),
        renderings=renderings,
    )


def _undone(row: list[Any]) -> Undone:
    *_, span = row
    return Undone(*row[:-1])._replace(span=Span(*span))


def _outline(value: dict[str, Any]) -> Outline:
    tried = {key: tuple(Trial(*each) for each in value[key]) for key in ("by_k", "by_tokens")}
    return Outline(**{**value, **tried})


def _origin(row: list[Any]) -> Mapping:
    output, origin, verbatim, source = row
    return Mapping(Span(*output), None if origin is None else Span(*origin), verbatim, source)


def _drop(row: list[Any]) -> Drop:
    pass_name, source, span, *rest = row
    return Drop(pass_name, source, Span(*span), *rest)
