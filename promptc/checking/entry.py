"""A `Record` as plain JSON and back."""

from __future__ import annotations

from typing import Any

from promptc.inspection import Ignore, Lead, Paragraph, Record, Saving, Spot


def to_json(record: Record) -> dict[str, Any]:
    """Write *record* as dicts, lists, texts and numbers."""
    return {
        "counts": [record.tokens, record.worst, record.static],
        "flags": [record.sampled, record.exact, record.held],
        "savings": [list(each) for each in record.savings],
        "paragraphs": [list(each) for each in record.paragraphs],
        "spots": [list(each) for each in record.spots],
        "ignores": [list(each) for each in record.ignores],
        "unsampled": list(record.unsampled),
        "lead": list(record.lead) if record.lead else None,
    }


def from_json(value: dict[str, Any]) -> Record:
    """Read what `to_json` wrote; raise `ValueError` where *value* is something else."""
    try:
        tokens, worst, static = value["counts"]
        sampled, exact, held = value["flags"]
        return Record(
            tokens=float(tokens),
            worst=int(worst),
            static=int(static),
            sampled=bool(sampled),
            exact=bool(exact),
            held=bool(held),
            savings=tuple(Saving(*each) for each in value["savings"]),
            paragraphs=tuple(Paragraph(*each) for each in value["paragraphs"]),
            spots=tuple(map(_spot, value["spots"])),
            ignores=tuple(map(_ignore, value["ignores"])),
            unsampled=tuple(value["unsampled"]),
            lead=Lead(*value["lead"]) if value["lead"] else None,
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a record of a checked template: {error!r}") from error


def _spot(row: list[Any]) -> Spot:
    return Spot(*row)._replace(others=tuple((line, column) for line, column in row[-1]))


def _ignore(row: list[Any]) -> Ignore:
    return Ignore(*row)._replace(codes=tuple(row[3]))
