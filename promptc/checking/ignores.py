"""Comments that ask to ignore findings: ``{# promptc: ignore PC502 #}``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from promptc.findings import Finding
from promptc.inspection import Ignore
from promptc.ir import Comment, Template
from promptc.parse import pragmas

_SEPARATOR = re.compile(r"[\s,]+")
_ONLY = re.compile(r"(?:\{#.*?#\}|\s)*", re.DOTALL)


def ignores(template: Template) -> Iterator[Ignore]:
    """Every comment of *template* that ignores something.

    One that has lines to itself is for the next line that holds anything else, any other for the
    lines that it stands in.
    """
    source = template.source
    rows = source.text.split("\n")
    for leaf in template.leaves:
        found = pragmas.read(leaf) if isinstance(leaf, Comment) else None
        if found is None or found[0] not in ("ignore", "ignore-file"):
            continue
        span = leaf.span.stripped(template.text)
        line, column = source.position(span.start)
        last, end_column = source.position(span.stop)
        codes = tuple(code.upper() for code in _SEPARATOR.split(found[1]) if code)
        if found[0] == "ignore-file":
            first, stop = 0, 0
        elif all(_ONLY.fullmatch(row) for row in rows[line - 1 : last]) and last == line:
            first = stop = _next(rows, last)
        else:
            first, stop = line, last
        yield Ignore(line, column, end_column if last == line else column + 1, codes, first, stop)


def _next(rows: list[str], line: int) -> int:
    """The number of the first line after *line* that holds more than comments."""
    for number in range(line, len(rows)):
        if not _ONLY.fullmatch(rows[number]):
            return number + 1
    return line


class Sifted(NamedTuple):
    """Findings that stay, and for each ignore the codes that it took away."""

    kept: tuple[Finding, ...]
    used: tuple[frozenset[str], ...]


def sift(findings: Iterable[Finding], ignores: Iterable[Ignore]) -> Sifted:
    """Take away the findings of one file that its *ignores* are for."""
    asked = tuple(ignores)
    used: list[set[str]] = [set() for _ in asked]
    kept: list[Finding] = []
    for each in findings:
        hit = [at for at, ignore in enumerate(asked) if _covers(ignore, each)]
        for at in hit:
            used[at].add(each.code)
        if not hit:
            kept.append(each)
    return Sifted(tuple(kept), tuple(map(frozenset, used)))


def _covers(ignore: Ignore, finding: Finding) -> bool:
    if ignore.codes and not any(finding.code == code for code in ignore.codes):
        return False
    return ignore.last == 0 or ignore.first <= finding.line <= ignore.last
