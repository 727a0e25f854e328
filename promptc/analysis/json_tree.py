"""JSON with the places of its members, for those who take one out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from promptc.analysis.json_text import Token, tokens
from promptc.analysis.mask import HOLE
from promptc.source import Span


@dataclass(frozen=True)
class Node:
    """A value: an object has *members*, a list has *items*, a scalar has neither.

    *kind* is ``{``, ``[``, ``string`` or ``atom``; *text* is the value of a string.
    """

    kind: str
    span: Span
    members: tuple[Member, ...] = ()
    items: tuple[Node, ...] = ()
    text: str = ""

    def get(self, key: str) -> Node | None:
        """The value of *key*, where an object has it exactly once."""
        found = [member.value for member in self.members if member.key == key]
        return found[0] if len(found) == 1 else None


class Member(NamedTuple):
    """A key with its value; *span* covers both, not the comma. A key with a hole is ``None``."""

    key: str | None
    span: Span
    value: Node


def tree(text: str, span: Span) -> Node | None:
    """The JSON at *span* of masked *text*; ``None`` where tags stand among its items."""
    solid = [token for token in tokens(text, span) if token.kind != "space"]
    if not solid or any(token.kind == "tag" for token in solid):
        return None
    return _Builder(text, solid).value()


class _Builder:
    """Walks over tokens that are known to be JSON."""

    def __init__(self, text: str, solid: list[Token]) -> None:
        self.text, self.solid, self.at = text, solid, 0

    def value(self) -> Node:
        token = self._next()
        if token.kind == "{":
            members: list[Member] = []
            while self._more("}"):
                key = self._next()
                self._next()
                value = self.value()
                span = Span(key.span.start, value.span.stop)
                members.append(Member(self._string(key), span, value))
            return Node("{", Span(token.span.start, self._next().span.stop), tuple(members))
        if token.kind == "[":
            items: list[Node] = []
            while self._more("]"):
                items.append(self.value())
            stop = self._next().span.stop
            return Node("[", Span(token.span.start, stop), items=tuple(items))
        return Node(token.kind, token.span, text=self._string(token) or "")

    def _next(self) -> Token:
        self.at += 1
        return self.solid[self.at - 1]

    def _more(self, close: str) -> bool:
        """Step over a comma; whether the container goes on."""
        self.at += self.solid[self.at].kind == ","
        return self.solid[self.at].kind != close

    def _string(self, token: Token) -> str | None:
        shown = self.text[slice(*token.span)]
        return json.loads(shown) if token.kind == "string" and HOLE not in shown else None
