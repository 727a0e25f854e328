"""The indent that every line of a template shares: it came with the code that the text stood in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from promptc.analysis.captures import captured
from promptc.analysis.mask import TAG, masked
from promptc.analysis.regions import Kind, regions
from promptc.ir import Output, Tag, Template
from promptc.source import Span

_BLANK = re.compile(r"[ \t]*")
_SAYS = re.compile(rf"[^\s{TAG}]")
_WORDS = re.compile(r"[^\W\d_]{2}")
_INDENT = re.compile(r"\bindent\b")

#: Kept byte for byte, or read by where it stands on its line.
_FIXED = frozenset(
    {Kind.FENCE, Kind.RAW, Kind.INDENTED, Kind.CODE, Kind.HTML, Kind.FRONT_MATTER, Kind.ROLE}
)
#: Tags that set this text among that of another file, or hand it to code.
_APART = frozenset(
    {"block", "call", "extends", "filter", "from", "import", "include", "macro", "trans"}
)


@lru_cache(maxsize=16)
def shared_indent(template: Template) -> tuple[Span, ...]:
    """The white space that all lines begin with, line by line; empty where it must stay.

    Without it every line stands as far from every other one as before. It must stay where a line
    holds code, where template code counts columns or reads the text, and where text of another
    file may stand among the lines.
    """
    text = masked(template)
    if template.leaves and template.leaves[-1].text == "\n":
        # The line end that Jinja drops.
        text = f"{text[:-1]}\n"
    rows = tuple(_rows(text))
    says = [row for row in rows if _SAYS.search(text, *row)]
    if len(says) < 2 or not says[0].start:
        return ()
    shared = _prefix([_indent(text, row) for row in says])
    if not shared or _stays(template, text, says):
        return ()
    # What a tag has before it on its line may be eaten, so it is not known to be an indent. The
    # last line may be what keeps Jinja from dropping the line end before it.
    plain = (
        row for row in rows if row in says or not (TAG in text[slice(*row)] or row is rows[-1])
    )
    starts = (row.start for row in plain if text.startswith(shared, row.start, row.stop))
    return tuple(Span(at, at + len(shared)) for at in starts)


def _prefix(texts: Sequence[str]) -> str:
    """The longest text that all *texts* start with."""
    low, high = min(texts), max(texts)
    same = (at for at, char in enumerate(low) if char != high[at])
    return low[: next(same, len(low))]


def _rows(text: str) -> Iterator[Span]:
    at = 0
    for line in text.split("\n"):
        yield Span(at, at + len(line))
        at += len(line) + 1


def _indent(text: str, row: Span) -> str:
    match = _BLANK.match(text, *row)
    return match.group() if match else ""


def _stays(template: Template, text: str, says: Sequence[Span]) -> bool:
    code = [leaf for leaf in template.leaves if isinstance(leaf, Tag | Output)]
    worded = sum(_WORDS.search(text, *row) is not None for row in says)
    return (
        # The marks of a chat template: every space in it is a part of the format.
        worded * 2 < len(says)
        or any(leaf.locked for leaf in template.leaves)
        or any(_INDENT.search(leaf.text) for leaf in code)
        or any(isinstance(leaf, Tag) and leaf.name in _APART for leaf in code)
        # trim_blocks, on or not known to be off, can join what follows to these lines.
        or any(leaf.text.endswith("\n") for leaf in code)
        or any(text[row.stop - 1] == TAG for row in says)
        or bool(captured(template))
        or any(_fixed(text, *region) for region in regions(template))
    )


def _fixed(text: str, kind: Kind, span: Span) -> bool:
    """Whether a region is none to shift: one of code within a single line is only moved along."""
    within = kind in (Kind.CODE, Kind.HTML) and "\n" not in text[slice(*span)]
    return kind in _FIXED and not within
