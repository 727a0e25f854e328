"""What a compression kept, as values that JSON has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promptc.results import Compressed

_DIGITS = 6
_DOLLAR_DIGITS = 10


def told(result: Compressed, names: Sequence[str]) -> dict[str, Any]:
    """Tell *result*, whose inputs are called *names*: a text, or documents with a text each.

    Spans are pairs of characters of the input, half-open, a byte-order mark not counted; *saved*
    is in US dollars per call, *timings* are in milliseconds.
    """
    if result.documents is None:
        what: dict[str, Any] = {"file": names[0], "text": result.text, **_spans(result, 0)}
    else:
        each = [
            {"file": name, "text": document["text"], **_spans(result, number)}
            for number, (name, document) in enumerate(zip(names, result.documents, strict=True))
        ]
        what = {"documents": each}
    return what | {
        "tokens_before": result.tokens_before,
        "tokens_after": result.tokens_after,
        "limit": result.limit,
        "rate": round(result.rate, _DIGITS),
        "met": result.met,
        "exact": result.exact,
        "saved": None if result.saved is None else float(round(result.saved, _DOLLAR_DIGITS)),
        "price_date": result.price_date or None,
        "timings": dict(result.timings),
        "cached": result.cached,
        "scorer": result.scorer,
    }


def _spans(result: Compressed, number: int) -> dict[str, list[list[int]]]:
    return {
        "kept": [list(span) for span in result.kept[number]],
        "dropped": [list(span) for span in result.dropped[number]],
    }
