"""JSON inside prompt text: where it stands, its tokens, and whether two texts hold equal values.

Works on masked text: a hole may be a key, a value, or part of a string or a number; tags may stand
between items and inside strings. What is nearly JSON (comments, trailing commas, single quotes, an
ellipsis) is not found. Format strings double the braces they mean; such a JSON is found too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from promptc.analysis.mask import HOLE, TAG
from promptc.source import Span

MAX_DEPTH = 64
"""Brackets nested deeper than this are not read as JSON."""

Value: TypeAlias = "str | bool | tuple[object, ...] | None"

_LITERAL = r"(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)"
_TOKEN = re.compile(
    r"(?P<space>[ \t\n\r]+)"
    r'|(?P<string>"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+")'
    rf"|(?P<atom>{_LITERAL}(?![\w.+\-{HOLE}])|[-+.\deE]*+{HOLE}[-+.\deE{HOLE}]*+)"
    rf"|(?P<tag>{TAG}+)"
    r"|(?P<mark>[\[\],:])"
)
_LIST_OF_DOUBLED = re.compile(rf"(?:\[\s*){{1,{MAX_DEPTH}}}\{{\{{")
_OPEN = re.compile(r"[{\[]")
# The first character of every string that Python is given to read.
_WORD, _HOLE = "w", "h"
# Subscripts, calls, assignments, format fields and quotations are code or quoted, not data.
_CODE_BEFORE = re.compile(rf"[\w$\\=(`'\"{{\])]|{HOLE}(?=\[)")
_CODE_AFTER = re.compile(r"[\w(`'\";}\[]")


class Token(NamedTuple):
    """A piece of JSON text: a bracket, a comma, a colon, or a kind that is spelled out.

    The kinds are ``{ } [ ] , :`` and ``string``, ``atom`` (a number, a literal, a hole), ``tag``
    and ``space``.
    """

    kind: str
    span: Span


@lru_cache(maxsize=64)
def find(text: str) -> tuple[Span, ...]:
    """The outermost JSON objects and arrays of masked *text*, in order.

    A bare list must have two strings or an object in it: ``[1]`` and ``[note]`` are prose.
    """
    found: list[Span] = []
    pairs: dict[int, int] | None = None
    at = 0
    while match := _OPEN.search(text, at):
        start = match.start()
        read, whole = _read(text, start)
        at = read[-1].span.stop
        if not whole:
            # What stands in a broken JSON is part of it: an inner object is left alone, too.
            pairs = _pairs(text) if pairs is None else pairs
            at = max(at, pairs.get(start, start) + 1)
            continue
        if _is_data(text, read) and not _in_code(text, Span(start, at)):
            found.append(Span(start, at))
    return tuple(found)


@lru_cache(maxsize=64)
def tokens(text: str, span: Span) -> tuple[Token, ...]:
    """Every token of the JSON at *span*, white space too; empty where it is not one value."""
    read, whole = _read(text, span.start)
    return tuple(read) if whole and read[-1].span.stop == span.stop else ()


def equal(before: str, after: str) -> bool:
    """Whether two masked texts are one JSON each and hold equal values.

    Keys stay in order and repeated keys stay; numbers are equal when they are spelled the same;
    a hole in a string, a value and a key are three things.
    """
    one, two = values(before), values(after)
    return one is not None and one == two


def values(text: str) -> Value:
    """The value of a masked *text* that is one JSON; ``None`` where it is not.

    Objects are ``("object", (key, value), …)``, lists ``("array", …)``, numbers ``("number",
    spelling)``, bare holes ``("hole", text)``. With tags between the items there is no one value:
    the answer is then its tokens.
    """
    start = len(text) - len(text.lstrip(" \t\n\r"))
    read = tokens(text, Span(start, len(text.rstrip(" \t\n\r"))))
    if not read:
        return None
    if any(token.kind == "tag" for token in read):
        return ("tokens", *_spelled(text, read))
    return _loaded(text, read)


def _lex(text: str, start: int, *, doubled: bool) -> Iterator[Token]:
    """Tokens from *start*; ends without a word where the text is no longer JSON."""
    width = 2 if doubled else 1
    at = start
    while at < len(text):
        brace = text[at]
        if brace in "{}":
            if doubled and text[at + 1 : at + 2] != brace:
                return
            yield Token(brace, Span(at, at + width))
            at += width
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            return
        kind = match.lastgroup or ""
        yield Token(brace if kind == "mark" else kind, Span(*match.span()))
        at = match.end()


def _read(text: str, start: int) -> tuple[list[Token], bool]:
    """The tokens of the value that starts at *start*, and whether it is whole."""
    doubled = text.startswith("{{", start) or _LIST_OF_DOUBLED.match(text, start) is not None
    read: list[Token] = []
    reader = _Reader(text)
    for token in _lex(text, start, doubled=doubled):
        if token.kind != "space" and not reader.accepts(token):
            break
        read.append(token)
        if not reader.open:
            return read, True
    return read or [Token("", Span(start, start + 1))], False


class _Reader:
    """Follows the grammar of JSON. Once a tag stood among its items, a container is read loosely:
    brackets must match and two values must not touch."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[str] = []
        self.loose: list[bool] = []
        self.want = "value"

    def accepts(self, token: Token) -> bool:
        kind = token.kind
        if kind == "tag":
            self.loose[-1:] = [True]
            self.want = "any"
            return bool(self.open)
        if kind in ("}", "]"):
            return self._close(kind)
        if kind in (",", ":"):
            return self._mark(kind)
        if kind in ("{", "["):
            if self.want not in ("value", "first value", "any") or len(self.open) >= MAX_DEPTH:
                return False
            self.open.append(kind)
            self.loose.append(False)
            self.want = "first key" if kind == "{" else "first value"
            return True
        return self._scalar(token)

    def _scalar(self, token: Token) -> bool:
        if self.want in ("key", "first key"):
            is_key = token.kind == "string" or set(self.text[slice(*token.span)]) == {HOLE}
            self.want = "colon"
            return is_key
        fits = self.want in ("value", "first value", "any")
        self.want = "next"
        return fits

    def _mark(self, kind: str) -> bool:
        loose = self.loose[-1]
        fits = self.want == ("colon" if kind == ":" else "next")
        if loose and self.want in ("next", "any"):
            fits = kind == "," or self.open[-1] == "{"
        in_object = kind == "," and self.open[-1] == "{"
        self.want = "any" if loose else "key" if in_object else "value"
        return fits

    def _close(self, kind: str) -> bool:
        opened = self.open.pop()
        self.loose.pop()
        wanted = ("next", "any", "first key" if kind == "}" else "first value")
        fits = self.want in wanted and opened + kind in ("{}", "[]")
        self.want = "next"
        return fits


def _is_data(text: str, read: list[Token]) -> bool:
    """Whether something says that this is JSON: a key with a colon, or a list of strings."""
    kinds = [token.kind for token in read]
    return ":" in kinds or (kinds.count("string") > 1 and "," in kinds)


def _in_code(text: str, span: Span) -> bool:
    before = _CODE_BEFORE.match(text, span.start - 1) if span.start else None
    return before is not None or _CODE_AFTER.match(text, span.stop) is not None


def _pairs(text: str) -> dict[int, int]:
    """For each opening bracket the one that closes it, quotes not heeded."""
    pairs: dict[int, int] = {}
    stacks: dict[str, list[int]] = {"{": [], "[": []}
    for match in re.finditer(r"[{}\[\]]", text):
        kind = match.group()
        if kind in stacks:
            stacks[kind].append(match.start())
        elif opened := stacks["{" if kind == "}" else "["]:
            pairs[opened.pop()] = match.start()
    return pairs


def _spelled(text: str, read: tuple[Token, ...]) -> Iterator[str]:
    """The tokens as written; of the white space only what keeps two values apart around a tag."""
    for at, token in enumerate(read):
        if token.kind != "space":
            yield text[slice(*token.span)]
        elif {read[at - 1].kind, read[at + 1].kind} <= {"tag", "atom"}:
            yield " "


def _loaded(text: str, read: tuple[Token, ...]) -> Value:
    """Python's own reading of a JSON without tags."""
    plain = "".join(_plain(text, token) for token in read)
    found = json.loads(
        plain,
        object_pairs_hook=lambda pairs: ("object", *((_hole(k), _tree(v)) for k, v in pairs)),
        parse_int=lambda spelling: ("number", spelling),
        parse_float=lambda spelling: ("number", spelling),
    )
    return _tree(found)


def _plain(text: str, token: Token) -> str:
    shown = text[slice(*token.span)]
    if token.kind in "{}":
        return token.kind
    if token.kind == "string":
        return f'"{_WORD}{shown[1:]}'
    return f'"{_HOLE}{shown}"' if token.kind == "atom" and HOLE in shown else shown


def _tree(found: object) -> Value:
    if isinstance(found, list):
        return ("array", *(_tree(each) for each in found))
    if isinstance(found, str):
        return _hole(found)
    return found  # type: ignore[return-value]


def _hole(found: str) -> Value:
    return ("hole", found[1:]) if found.startswith(_HOLE) else found[1:]
