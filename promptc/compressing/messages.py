"""Which text of a chat may be shortened.

The system's and the developer's words stay, and so do tool calls. In the last turn of the user
fenced text, text in tags that name a document, and parts marked ``{"promptc": "context"}`` may be
shortened; the rest of that turn is the question. Earlier turns and what tools returned may be too.
Names, and calls of tools with their arguments, count as they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_STAYS = frozenset({"system", "developer", "function_call"})
_INLINED = re.compile(
    r"<(?P<tag>context|documents?|docs?|passages?|sources?|articles?|text|content|transcript"
    r"|search_results?|results?|file)\b[^<>]*>(?P<inner>.*?)</(?P=tag)>"
    r"|^(?P<fence>```+|~~~+)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)


class Part(NamedTuple):
    """A stretch of a message's content: of message *at*, of its part *slot* if it is a list.

    *soft* may be shortened; *asks* is part of the question.
    """

    at: int
    slot: int
    text: str
    soft: bool
    asks: bool


def parts(messages: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    """All text of *messages*, in order; raise `ValueError` for content that is no text or list."""
    last = max((at for at, each in enumerate(messages) if each["role"] == "user"), default=-1)
    for at, message in enumerate(messages):
        content = message.get("content")
        if isinstance(content, str):
            yield from _cut(at, 0, content, message, last)
        elif isinstance(content, Sequence) and not isinstance(content, bytes):
            for slot, each in enumerate(content):
                yield from _of_list(at, slot, each, message, last)
        elif content is not None:
            raise ValueError(f"message {at}: content must be a text or a list of parts")


def rebuilt(messages: Sequence[Mapping[str, Any]], filled: Sequence[Part]) -> tuple[Any, ...]:
    """*messages* with the text of *filled*, as `parts` cut it; everything else as it was."""
    texts: dict[tuple[int, int], str] = {}
    for part in filled:
        texts[part.at, part.slot] = texts.get((part.at, part.slot), "") + part.text
    made = []
    for at, message in enumerate(messages):
        content = message.get("content")
        if isinstance(content, str):
            content = texts.get((at, 0), "")
        elif isinstance(content, Sequence):
            content = [_filled(each, texts.get((at, slot))) for slot, each in enumerate(content)]
        made.append({**message, "content": content} if "content" in message else dict(message))
    return tuple(made)


def _of_list(
    at: int, slot: int, each: object, message: Mapping[str, Any], last: int
) -> Iterator[Part]:
    if isinstance(each, str):
        yield from _cut(at, slot, each, message, last)
    elif isinstance(each, Mapping) and isinstance(each.get(_key(each)), str):
        text = each[_key(each)]
        if each.get("promptc") == "context" or each.get("type") == "tool_result":
            yield Part(at, slot, text, True, False)
        else:
            yield from _cut(at, slot, text, message, last)


def _key(part: Mapping[str, Any]) -> str:
    """Where a part of a message has its text."""
    return "content" if part.get("type") == "tool_result" else "text"


def beside(message: Mapping[str, Any]) -> Iterator[str]:
    """What *message* says besides its text: its name, and calls of tools with their arguments."""
    if isinstance(message.get("name"), str):
        yield message["name"]
    content = message.get("content")
    inside = content if isinstance(content, Sequence) and not isinstance(content, str) else ()
    called = message.get("tool_calls")
    calls = [*(called if isinstance(called, Sequence) else ()), message.get("function_call")]
    calls += [
        each for each in inside if isinstance(each, Mapping) and each.get("type") == "tool_use"
    ]
    for call in calls:
        if isinstance(call, Mapping):
            made = call.get("function", call)
            yield from _call(made) if isinstance(made, Mapping) else ()


def _call(made: Mapping[str, Any]) -> Iterator[str]:
    yield str(made.get("name") or "")
    given = made.get("arguments", made.get("input", ""))
    yield given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)


def _filled(each: Any, text: str | None) -> Any:
    if text is None:
        return each
    if isinstance(each, str):
        return text
    filled = {**each, _key(each): text}
    return {key: value for key, value in filled.items() if key != "promptc"}


def _cut(at: int, slot: int, text: str, message: Mapping[str, Any], last: int) -> Iterator[Part]:
    if message["role"] in _STAYS or message.get("tool_calls"):
        yield Part(at, slot, text, False, False)
    elif at != last:
        yield Part(at, slot, text, True, False)
    else:
        place = 0
        for match in _INLINED.finditer(text):
            start, stop = match.span("inner" if match["tag"] else "code")
            yield Part(at, slot, text[place:start], False, True)
            yield Part(at, slot, text[start:stop], True, False)
            place = stop
        yield Part(at, slot, text[place:], False, True)
