"""JSON inside a marked text: where it stands, and what it says without its layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from benchmarks.auditing.marks import CONTROL, HOLE, MARK, OPEN, TAG, freeze

_TOKEN = re.compile(
    rf"(?P<space>[ \t\r\n]+)|(?P<mark>{MARK.pattern})"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)\b|(?P<sign>[{}\[\],:])"
)
_SCHEMA = {'"type"', '"properties"', '"$ref"', '"$defs"'}


class Token(NamedTuple):
    kind: str
    text: str


class Json(NamedTuple):
    """One object or array, in characters *start* to *stop* of a text."""

    start: int
    stop: int
    tokens: list[Token]

    @property
    def plain(self) -> str:
        """What it says: every token, and white space only where it parts two values."""
        found: list[str] = []
        gap = False
        last = ""
        for token in _without_labels(self.tokens):
            if token.kind == "space":
                gap = True
                continue
            kind = _kind(token)
            if gap and {last, kind} <= {"value", "tag"} and "value" in (last, kind):
                found.append(" ")
            found.append(token.text)
            last, gap = kind, False
        return freeze("".join(found))


def jsons(text: str) -> Iterator[Json]:
    """Every outermost object or array of *text* that is JSON, marks standing for anything."""
    at = 0
    while True:
        opening = re.compile(r"[{\[]").search(text, at)
        if opening is None:
            return
        found = _read(text, opening.start())
        if found is not None and _is_json(found.tokens):
            yield found
            at = found.stop
        else:
            at = opening.end()


def _read(text: str, start: int) -> Json | None:
    depth, at, tokens = 0, start, []
    while match := _TOKEN.match(text, at):
        tokens.append(Token(str(match.lastgroup), match[0]))
        at = match.end()
        depth += (match[0] in ("{", "[")) - (match[0] in ("}", "]"))
        if depth == 0:
            return Json(start, at, tokens)
    return None


def _is_json(tokens: list[Token]) -> bool:
    """A key in an object, or a list that a JSON parser reads and that holds a string or number."""
    solid = [token for token in tokens if token.kind != "space" and not _is_tag(token)]
    for left, right in pairwise(solid):
        if left.kind in ("string", "mark") and right.text == ":":
            return True
    if not any(token.kind in ("string", "number") for token in solid):
        return False
    try:
        json.loads("".join("0" if token.kind == "mark" else token.text for token in solid))
    except ValueError:
        return False
    return True


def _is_tag(token: Token) -> bool:
    return token.kind == "mark" and CONTROL.fullmatch(token.text) is not None


def _kind(token: Token) -> str:
    if token.kind == "mark":
        return "tag" if token.text.startswith(OPEN + TAG) else "value"
    return "value" if token.kind in ("number", "word") else "sign"


def _without_labels(tokens: list[Token]) -> list[Token]:
    """Leave out what a schema says twice: ``$schema``, and a ``title`` equal to its key."""
    if not _SCHEMA & {token.text for token in tokens}:
        return tokens
    solid = [token for token in tokens if token.kind != "space"]
    dropped: set[int] = set()
    keys: list[str] = []
    key = ""
    for at, token in enumerate(solid):
        if token.text == "{":
            keys.append(key)
        elif token.text == "}" and keys:
            keys.pop()
        elif token.kind == "string" and [t.text for t in solid[at + 1 : at + 2]] == [":"]:
            key = token.text
            value = solid[at + 2] if at + 2 < len(solid) else Token("", "")
            if value.kind == "string" and _says_nothing(key, value.text, keys):
                dropped |= _member(solid, at)
    return [token for at, token in enumerate(solid) if at not in dropped]


def _says_nothing(key: str, value: str, keys: list[str]) -> bool:
    if key == '"$schema"':
        return True
    return key == '"title"' and bool(keys) and _same_words(value, keys[-1])


def _same_words(one: str, two: str) -> bool:
    return re.sub(r"[\s_-]", "", one.lower()) == re.sub(r"[\s_-]", "", two.lower())


def _member(solid: list[Token], at: int) -> set[int]:
    """A key, its colon, its value, and one comma beside them."""
    found = {at, at + 1, at + 2}
    if at + 3 < len(solid) and solid[at + 3].text == ",":
        return found | {at + 3}
    return found | ({at - 1} if solid[at - 1].text == "," else set())


__all__ = ["HOLE", "Json", "jsons"]
