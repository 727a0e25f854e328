"""Read the cases of a rule: one file per code, any number of cases in each.

    === what the case shows
    --- config
    the configuration, TOML
    --- sidecar
    what stands beside the template, TOML
    --- files
    more files, name = text, TOML; those that are templates are checked too
    --- past
    what templates cost before, name = tokens, TOML
    --- template
    the template
    --- found
    line:column message, one line per finding of this code; nothing where it finds nothing

A line ``@@ 40 text`` of a template is 40 lines of that text; `shown` is what a page shows.
`template` and `found` are needed. The line end before the next part is not part of the
text, and neither is one blank line between two cases.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
NAME = "ask.j2"

_CASE = re.compile(r"^=== ", re.MULTILINE)
_PART = re.compile(r"^--- (config|sidecar|files|past|template|found)\n", re.MULTILINE)

_MANY = re.compile(r"^@@ (\d+) (.*)$", re.MULTILINE)


class Case(NamedTuple):
    code: str
    title: str
    config: str
    sidecar: str
    files: dict[str, str]
    past: dict[str, Any]
    template: str
    shown: str
    found: tuple[str, ...]


def cases(code: str) -> Iterator[Case]:
    """Yield the cases of one code; raise `ValueError` for a case that can't be read."""
    path = FIXTURES / f"{code}.txt"
    if not path.exists():
        return
    preface, *chunks = _CASE.split(path.read_bytes().decode())
    if preface.strip():
        raise ValueError(f"{path}: text before the first '=== ' line")
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        yield _case(code, chunk if last or not chunk.endswith("\n\n") else chunk[:-1])


def all_cases() -> list[Case]:
    return [case for path in sorted(FIXTURES.glob("*.txt")) for case in cases(path.stem)]


def _case(code: str, chunk: str) -> Case:
    title, _, rest = chunk.partition("\n")
    junk, *named = _PART.split(rest)
    parts = dict(zip(named[::2], (part.removesuffix("\n") for part in named[1::2]), strict=True))
    if junk.strip() or len(parts) < len(named) // 2 or not {"template", "found"} <= parts.keys():
        raise ValueError(f"{code}: case {title!r} needs one 'template' and one 'found'")
    return Case(
        code=code,
        title=title,
        config=parts.get("config", ""),
        sidecar=parts.get("sidecar", ""),
        files=tomllib.loads(parts.get("files", "")),
        past=tomllib.loads(parts.get("past", "")),
        template=_MANY.sub(lambda m: "\n".join([m[2]] * int(m[1])), parts["template"]),
        shown=_MANY.sub(r"\2\n… (\1 lines like it)", parts["template"]),
        found=tuple(line for line in parts["found"].splitlines() if line.strip()),
    )
