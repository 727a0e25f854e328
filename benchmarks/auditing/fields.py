"""Marked texts for what is not Jinja: format strings, and text with holes by convention."""

from __future__ import annotations

import re
import string

from benchmarks.auditing.marks import HOLE, mark, plain

_HOLE = re.compile(
    r"\{\{(?!\s*[\"'\[{])[^{}\n]*\}\}|\$\{[^{}\n]*\}"
    r"|\{[A-Za-z_][\w.\[\]]*(?:![rsa])?(?::[^{}\s]*)?\}|%\(\w+\)[sdrf]|%[sdrf]\b|<[A-Z][A-Z_]*>"
)


def marked(text: str, engine: str) -> tuple[str, list[str]]:
    """*text* with a numbered mark for every hole, and the holes."""
    if engine == "format":
        try:
            return _format(text)
        except ValueError:
            pass
    holes = _HOLE.findall(text)
    count = iter(range(len(holes)))
    return _HOLE.sub(lambda _: mark(HOLE, next(count)), plain(text)), holes


def _format(text: str) -> tuple[str, list[str]]:
    found: list[str] = []
    holes: list[str] = []
    for literal, field, spec, conversion in string.Formatter().parse(plain(text)):
        found.append(literal)
        if field is not None:
            found.append(mark(HOLE, len(holes)))
            holes.append(f"{field}!{conversion}:{spec}")
    return "".join(found), holes
