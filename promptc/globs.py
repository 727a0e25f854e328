"""Patterns as ``.gitignore`` has them, read as git reads them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_LINE = re.compile(r"(!?)((?:\\.|[^\\])*?) *", re.DOTALL)
_PIECE = re.compile(
    r"(?P<folders>(?<![^/])\*{2,}/)"
    r"|(?P<all>(?<![^/])\*{2,}\Z)"
    r"|(?P<some>\*+)"
    r"|(?P<one>\?)"
    r"|\[(?P<no>[!^]?)(?P<set>(?:\\.|\[:\w*:\]|(?<=[\[!^])\]|[^\]\\])+?)\]"
    r"|\\(?P<escaped>.)"
    r"|(?P<character>[^\[\\])",
    re.DOTALL,
)
_IN_SET = re.compile(
    r"\[:(?P<name>\w*):\]|\\?(?P<low>.)-\\?(?P<high>.)|\\?(?P<character>.)", re.DOTALL
)
_NAMED = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9a-fA-F",
    "space": r"\s",
    "blank": r" \t",
    "punct": re.escape(string.punctuation),
}
_NOTHING = "(?!)"


class Pattern(NamedTuple):
    """One line: what it matches is left out, or with ``!`` kept; ``/`` at its end: folders only."""

    keeps: bool
    folders_only: bool
    regex: re.Pattern[str]

    def matches(self, name: str, *, folder: bool) -> bool:
        """Whether the pattern means *name* itself, whatever it means of the folders above."""
        return (folder or not self.folders_only) and self.regex.fullmatch(name) is not None


@dataclass(frozen=True)
class Globs:
    """Lines of patterns relative to *root*, of which the last that matches decides."""

    root: Path
    lines: tuple[str, ...]

    def match(self, path: Path, *, folder: bool = False) -> bool:
        """Whether the patterns cover *path* or a folder that it lies in.

        A path outside of *root* is matched by its name alone.
        """
        if not self.lines:
            return False
        inside = path.is_relative_to(self.root)
        name = path.relative_to(self.root).as_posix() if inside else path.name
        above = [name[:at] for at, character in enumerate(name) if character == "/"]
        for pattern in reversed(_patterns(self.lines)):
            own = pattern.matches(name, folder=folder)
            if own or any(pattern.matches(each, folder=True) for each in above):
                return not pattern.keeps
        return False


def decide(patterns: Iterable[Pattern], name: str, *, folder: bool) -> bool:
    """Whether the last of *patterns* that matches *name* leaves it out."""
    matching = [pattern for pattern in patterns if pattern.matches(name, folder=folder)]
    return bool(matching) and not matching[-1].keeps


def read_pattern(line: str, base: str = "") -> Pattern | None:
    """The pattern of one *line* of a file in the folder *base*; `None` where it says nothing.

    >>> pattern = read_pattern("*.j2", "prompts")
    >>> pattern.matches("prompts/chat/ask.j2", folder=False) if pattern else None
    True
    """
    match = None if line.startswith("#") else _LINE.fullmatch(line)
    if match is None:
        return None
    sign, body = match.groups()
    folders_only, body = body.endswith("/"), body.removesuffix("/")
    anchored = "/" in body
    regex = _regex(body.removeprefix("/")) if body else None
    if regex is None:
        return None
    above = f"{re.escape(base)}/" if base else ""
    anywhere = "" if anchored else "(?:.*/)?"
    return Pattern(bool(sign), folders_only, re.compile(f"{above}{anywhere}{regex}", re.DOTALL))


@lru_cache(maxsize=64)
def _patterns(lines: tuple[str, ...]) -> tuple[Pattern, ...]:
    read = (read_pattern(line) for line in lines)
    return tuple(pattern for pattern in read if pattern is not None)


def _regex(body: str) -> str | None:
    """*body* as a regular expression; `None` for a bracket or backslash that git can't read."""
    pieces = list(_PIECE.finditer(body))
    if "".join(piece.group() for piece in pieces) != body:
        return None
    found = [_piece(piece) for piece in pieces]
    return None if None in found else "".join(filter(None, found))


def _piece(piece: re.Match[str]) -> str | None:
    kind = piece.lastgroup
    if kind == "set":
        return _set(piece["set"], negated=bool(piece["no"]))
    plain = {"folders": "(?:.*/)?", "all": ".*", "some": "[^/]*", "one": "[^/]"}
    return plain.get(kind or "") or re.escape(piece["escaped"] or piece["character"])


def _set(text: str, *, negated: bool) -> str | None:
    parts = [_member(match) for match in _IN_SET.finditer(text)]
    if None in parts:
        return None
    inside = "".join(filter(None, parts))
    if not inside:
        return "[^/]" if negated else _NOTHING
    return f"(?!/)[{'^' if negated else ''}{inside}]"


def _member(match: re.Match[str]) -> str | None:
    """A character, a range or a named class in brackets; empty where it holds nothing."""
    if match["name"] is not None:
        return _NAMED.get(match["name"])
    if match["low"] is None:
        return re.escape(match["character"])
    low, high = match["low"], match["high"]
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
