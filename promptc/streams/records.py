"""One line of JSON Lines: what is to be compressed in it, and the line that is written back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from promptc.compressing import Input
from promptc.errors import InputError
from promptc.results import Compressed
from promptc.streams.reading import Line

FIELDS = ("text", "documents", "messages")
OURS = "promptc"
"""The field that says what was done; the number of the line is in it, for a later `--resume`."""
_DIGITS = 6


@dataclass(frozen=True)
class Record:
    """A line that was read: *field* of *whole* is the *input*, *key* tells it from the others."""

    whole: dict[str, Any]
    field: str
    input: Input
    query: str
    key: str
    number: int


def read(line: Line, field: str | None, query: str) -> Record:
    """Read *line*; raise `InputError` where it is no object, or has nothing to compress.

    *field* is the one to compress, ``None`` looks for one of `FIELDS`. A line's own ``query`` goes
    before *query*.
    """
    whole = parsed(line.data)
    name = field or _field(whole)
    if name not in whole:
        raise InputError(f"no field {name!r}; it has {_names(whole)}")
    own = whole.get("query")
    if own is not None and not isinstance(own, str):
        raise InputError("the field 'query' must be a string")
    found = _checked(name, whole[name])
    return Record(whole, name, found, own or query, key(whole, line.number), line.number)


def parsed(data: bytes) -> dict[str, Any]:
    """Read a JSON object; raise `InputError` for anything else."""
    try:
        found = json.loads(data.decode())
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 (byte 0x{data[error.start]:02x} at {error.start:,} of the line)"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error})") from None
    if not isinstance(found, dict):
        raise InputError(f"must be a JSON object, not {_kind(found)}")
    return found


def key(whole: dict[str, Any], number: int) -> str:
    """What tells a record from the others: its ``id``, or else the *number* of its line.

    >>> key({"id": "a"}, 3), key({"id": 3}, 7), key({}, 3)
    ('"a"', '3', 'line 3')
    """
    given = whole.get("id")
    return f"line {number}" if given is None else json.dumps(given, sort_keys=True)


def key_of_written(data: bytes) -> str:
    """The key of a line that `written` made; raise `InputError` for any other line."""
    whole = parsed(data)
    ours = whole.get(OURS)
    if not isinstance(ours, dict) or not isinstance(ours.get("line"), int):
        raise InputError("promptc did not write this line")
    return key(whole, ours["line"])


def written(record: Record, result: Compressed) -> bytes:
    """The line of *record* with its field replaced, and what was done."""
    back = next(x for x in (result.text, result.documents, result.messages) if x is not None)
    told = {
        "line": record.number,
        "tokens_before": result.tokens_before,
        "tokens_after": result.tokens_after,
        "limit": result.limit,
        "rate": round(result.rate, _DIGITS),
        "met": result.met,
    }
    return encoded({**record.whole, record.field: back, OURS: told})


def encoded(value: Any) -> bytes:
    """Write *value* as a line of JSON; a lone surrogate has no UTF-8, so it becomes an escape."""
    try:
        return f"{json.dumps(value, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(value)}\n".encode()


def _field(whole: dict[str, Any]) -> str:
    found = [name for name in FIELDS if name in whole]
    if len(found) > 1:
        both = " and ".join(map(repr, found))
        raise InputError(f"has {both}; choose the one to compress with --text-field")
    if not found:
        known = ", ".join(map(repr, FIELDS))
        raise InputError(f"has none of {known}; name the field with --text-field")
    return found[0]


def _checked(name: str, value: Any) -> Input:
    if isinstance(value, str) and name not in FIELDS[1:]:
        return value
    if isinstance(value, list) and name != "text":
        chat = all(isinstance(each, dict) and isinstance(each.get("role"), str) for each in value)
        if name == "messages" and not chat:
            raise InputError("each of 'messages' must be an object with a 'role'")
        return value
    wanted = {"text": "a string", "documents": "a list", "messages": "a list"}
    right = wanted.get(name, "a string or a list")
    raise InputError(f"the field {name!r} must be {right}, not {_kind(value)}")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")


def _names(whole: dict[str, Any]) -> str:
    names = [repr(name) for name in whole]
    more = f", … ({len(names)} in all)" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more if names else "nothing"
