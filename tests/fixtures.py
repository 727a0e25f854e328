"""Read fixture files: one file per pass, any number of cases in each.

    === what the case shows
    --- options
    keep = 0
    --- before
    the template
    --- after
    what the pass makes of it

Parts, in any order: `options` (the pass's, TOML), `syntax` (fields of `Syntax`, TOML), `set`
(variables known at build time, TOML), `files` (templates beside this one, name = text, TOML),
`before`, `after`. The last two are needed. The line end before the next part is not part of the
text, and neither is one blank line between two cases. A line such as `=== CONTEXT ===` is text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from promptc.syntax import Syntax

FIXTURES = Path(__file__).parent / "fixtures" / "passes"

_CASE = re.compile(r"^=== (?!.*===$)", re.MULTILINE)
_PART = re.compile(r"^--- (options|syntax|set|files|before|after)\n", re.MULTILINE)


class Case(NamedTuple):
    pass_name: str
    title: str
    options: dict[str, Any]
    syntax: Syntax
    bindings: dict[str, Any]
    files: dict[str, str]
    before: str
    after: str


def cases(path: Path) -> Iterator[Case]:
    """Yield the cases of one fixture file; raise `ValueError` for a case that can't be read."""
    text = path.read_bytes().decode()
    preface, *chunks = _CASE.split(text)
    if preface.strip():
        raise ValueError(f"{path}: text before the first '=== ' line: {preface[:40]!r}")
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        yield _case(path, chunk if last or not chunk.endswith("\n\n") else chunk[:-1])


def all_cases() -> list[Case]:
    """The cases of every pass."""
    return [case for path in sorted(FIXTURES.glob("*.txt")) for case in cases(path)]


def _case(path: Path, chunk: str) -> Case:
    title, _, rest = chunk.partition("\n")
    junk, *named = _PART.split(rest)
    parts = dict(zip(named[::2], (part.removesuffix("\n") for part in named[1::2]), strict=True))
    if junk.strip() or len(parts) < len(named) // 2 or not {"before", "after"} <= parts.keys():
        raise ValueError(f"{path}: case {title!r} needs one 'before' and one 'after', nothing else")
    tables = {name: tomllib.loads(parts.get(name, "")) for name in ("options", "set", "files")}
    return Case(
        pass_name=path.stem,
        title=title,
        options=tables["options"],
        syntax=_syntax(tomllib.loads(parts.get("syntax", ""))),
        bindings=tables["set"],
        files=tables["files"],
        before=parts["before"],
        after=parts["after"],
    )


def _syntax(fields: dict[str, Any]) -> Syntax:
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Syntax(**(fields | lists))
