"""Where the keys of a TOML text stand: `tomllib` gives values and forgets where they came from."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple, TypeAlias

Keys: TypeAlias = "tuple[str | int, ...]"

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\#[^\n]*)"
    r"|(?P<text>\"\"\"(?:\\.|(?!\"\"\").)*\"{3,5}|'''.*?'{3,5})"
    r"|(?P<word>\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[A-Za-z0-9_-]+)"
    r"|(?P<mark>[\[\]{},=.\n])"
    r"|(?P<rest>.)",
    re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def positions(text: str) -> dict[Keys, int]:
    """Offset of every key and every array item of *text*, which `tomllib` must accept.

    >>> positions('a = 1\\n[b]\\nc = [2, {d = 3}]')[("b", "c", 1, "d")]
    19
    """
    return _Reader(text).read()


class _Reader:
    """Walks the tokens of a valid text; it notes where keys stand and skips values."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.finditer(text)
        tokens = [_Token(m.lastgroup or "", m.group(), m.start()) for m in found]
        self.tokens = [token for token in tokens if token.kind != "space"]
        self.tokens.append(_Token("end", "", len(text)))
        self.at = 0
        self.found: dict[Keys, int] = {}
        self.sizes: dict[Keys, int] = {}

    def read(self) -> dict[Keys, int]:
        """Read the text to its end."""
        table: Keys = ()
        while self.now.kind != "end":
            if self.now.text == "\n":
                self.at += 1
            elif self.now.text == "[":
                table = self._header()
            else:
                self._assignment(table)
        return self.found

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def _take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _header(self) -> Keys:
        """Keys of the table that ``[name]`` or ``[[name]]`` opens."""
        self._take()
        many = self.now.text == "["
        self.at += many
        names = self._names()
        self.at += 1 + many
        table: Keys = ()
        for name, start in names:
            table = self._inside(table)
            table += (name,)
            self.found.setdefault(table, start)
        if many:
            self.sizes[table] = self.sizes.get(table, 0) + 1
            table = self._inside(table)
            self.found[table] = names[-1][1]
        return self._inside(table)

    def _inside(self, table: Keys) -> Keys:
        """The last table of an array of tables, else *table* itself."""
        size = self.sizes.get(table)
        return table if size is None else (*table, size - 1)

    def _names(self) -> list[tuple[str, int]]:
        """The parts of a dotted key, each with its offset."""
        names = [self._name()]
        while self.now.text == ".":
            self._take()
            names.append(self._name())
        return names

    def _name(self) -> tuple[str, int]:
        token = self._take()
        quoted = token.text[:1] in ('"', "'")
        name = tomllib.loads(f"name = {token.text}")["name"] if quoted else token.text
        return name, token.start

    def _assignment(self, table: Keys) -> None:
        for name, start in self._names():
            table += (name,)
            self.found.setdefault(table, start)
        self._take()
        self._value(table)

    def _value(self, here: Keys) -> None:
        if self.now.text == "[":
            self._array(here)
        elif self.now.text == "{":
            self._inline_table(here)
        else:
            while self.now.kind != "end" and self.now.text not in (",", "]", "}", "\n"):
                self._take()

    def _array(self, here: Keys) -> None:
        self._take()
        item = 0
        while self.now.text != "]":
            if self.now.text in (",", "\n"):
                self._take()
                continue
            self.found[(*here, item)] = self.now.start
            self._value((*here, item))
            item += 1
        self._take()

    def _inline_table(self, here: Keys) -> None:
        self._take()
        while self.now.text != "}":
            if self.now.text in (",", "\n"):
                self._take()
            else:
                self._assignment(here)
        self._take()
