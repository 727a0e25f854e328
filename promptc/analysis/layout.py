"""Text whose line ends and spaces were chosen: columns, drawings, poems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.code import is_prose
from promptc.analysis.lines import Line
from promptc.analysis.mask import HOLE

_GAP = re.compile(r"(?<=\S)(?: *\t\s*| {2,})(?=\S)")
_MARKER = re.compile(r"\s*(?:[-*+•–>#]+|\(?\w{1,3}[.):])$")
_BOX = re.compile("[\u2500-\u259f\u2800-\u28ff]")
_REMARK = re.compile(r"\S(?:\t| {2,})(?:#|//|--|<-|←)\s*\S")
_NUMBERED = re.compile(r"(\d{1,6})(?:[ \t]|\s?[|+])")
_RULER = re.compile(r"[-=_~+|:]{2,}(?:\s+[-=_~+|:]{2,})+$")
_SIGN = re.compile(rf"[^\w\s{HOLE}\"'.,:;!?)\]}}`]")
_PLAIN_RULE = re.compile(r"(?:[-*_=#~|`.>]\s*)+$")
_NOT_VERSE = re.compile(r"[-*+•–#>|<\[({\"`/@$]|\d|[A-Za-z][.)]\s|[^\s:]+(?:\s[^\s:]+){0,4}\s*[:=]")
_VERSE_END = re.compile(r"[^\W\d_][,;—–-]?$|[^\W\d_]['’]$")
VERSE_LINES = 4
VERSE_WIDTH = 60


def layout(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Blocks of lines whose spacing says something."""
    for first, stop in _runs(rows, skipped):
        yield from _joined([*_columns(rows, first, stop), *_drawings(rows, first, stop)])
    yield from _verses(rows, skipped)


def _joined(blocks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same lines, blocks that share or follow one another made one."""
    first = stop = -1
    for start, end in sorted(blocks):
        if start <= stop:
            stop = max(stop, end)
            continue
        if stop >= 0:
            yield first, stop
        first, stop = start, end
    if stop >= 0:
        yield first, stop


def _runs(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Runs of lines without a blank one."""
    first = 0
    for row in range(len(rows) + 1):
        if row < len(rows) and rows[row].content and not skipped[row]:
            continue
        if first < row:
            yield first, row
        first = row + 1


def _columns(rows: Sequence[Line], first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Lines near each other with gaps at the same columns, remarks, what stands by a ruler."""
    gapped = [gaps for row in range(first, stop) if (gaps := _gaps(row, rows[row])).spans]
    for one, two in pairwise(gapped):
        if two.row - one.row <= 2 and _aligned(one, two):
            yield one.row, two.row + 1
    for row in range(first, stop - 1):
        this, after = (_NUMBERED.match(line.content) for line in rows[row : row + 2])
        if this and after and int(after[1]) == int(this[1]) + 1:
            yield row, row + 2
    for line in gapped:
        if _REMARK.search(line.text):
            yield line.row, line.row + 1
    for row in range(first, stop):
        if _RULER.match(rows[row].content):
            yield max(first, row - 1), stop


class _Gaps(NamedTuple):
    """Line number *row*, its text, and the gaps of two and more columns within it."""

    row: int
    text: str
    spans: tuple[tuple[int, int], ...]


def _gaps(row: int, line: Line) -> _Gaps:
    """The gaps of a line, less those after a sentence or a list marker."""
    if "  " not in line.content and "\t" not in line.content:
        return _Gaps(row, line.text, ())
    found: list[tuple[int, int]] = []
    for gap in _GAP.finditer(line.text):
        if not found and _MARKER.match(line.text, 0, gap.start()):
            continue
        wide = gap.end() - gap.start() > 2 or "\t" in gap.group()
        if wide or not _ends_sentence(line.text, gap.start()):
            found.append(gap.span())
    return _Gaps(row, line.text, tuple(found))


def _ends_sentence(text: str, at: int) -> bool:
    """Whether what stands before offset *at* is a stop, in quotes or brackets or not."""
    while at > 0 and text[at - 1] in "\"')]":
        at -= 1
    return text[at - 1 : at] in {".", "!", "?"}


def _aligned(one: _Gaps, two: _Gaps) -> bool:
    """Whether two lines may be rows of one table: a hole can be of any width."""
    if "\t" in one.text and "\t" in two.text:
        return True
    if HOLE in one.text + two.text:
        wide = max(stop - start for line in (one, two) for start, stop in line.spans) > 2
        beside = all(_beside_holes(line) for line in (one, two))
        return len(one.spans) == len(two.spans) and wide and beside
    if {stop for _, stop in one.spans} & {stop for _, stop in two.spans}:
        return True
    if len(one.spans) != len(two.spans):
        return False
    wide = any(stop - start > 2 for start, stop in one.spans + two.spans)
    ends = zip(_ends(one), _ends(two), strict=True)
    return len(one.spans) >= 2 or (wide and any(left == right for left, right in ends))


def _ends(line: _Gaps) -> list[int]:
    """The columns that the cells of a line end at, the first cell left out."""
    return [*(start for start, _ in line.spans[1:]), len(line.text.rstrip())]


def _beside_holes(line: _Gaps) -> bool:
    """Whether a gap of *line* stands next to a hole, if it has any hole."""
    return HOLE not in line.text or any(
        HOLE in (line.text[start - 1], line.text[stop]) for start, stop in line.spans
    )


def _drawings(rows: Sequence[Line], first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Lines of box characters, lines near each other that are mostly signs and their neighbors."""
    boxes = [row for row in range(first, stop) if _BOX.search(rows[row].text)]
    if boxes:
        yield boxes[0], boxes[-1] + 1
    signs = [row for row in range(first, stop) if _is_signs(rows[row].content)]
    for one, two in pairwise(signs):
        if two - one <= 2:
            yield one, two + 1
            for row in (one - 1, two + 1):
                if first <= row < stop and not is_prose(rows[row].content):
                    yield row, row + 1


def _is_signs(content: str) -> bool:
    dense = content.replace(" ", "")
    if len(dense) < 3 or _PLAIN_RULE.match(content):
        return False
    return len(_SIGN.findall(dense)) >= 0.6 * len(dense)


def _verses(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Runs of short lines without a sentence's end; stanzas are joined over blank lines."""
    stanzas = [run for run in _runs(rows, skipped) if _is_verse(rows, *run)]
    first = stop = -1
    for start, end in stanzas:
        if stop >= 0 and all(not rows[row].content for row in range(stop, start)):
            stop = end
            continue
        if stop - first >= VERSE_LINES:
            yield first, stop
        first, stop = start, end
    if stop - first >= VERSE_LINES:
        yield first, stop


def _is_verse(rows: Sequence[Line], first: int, stop: int) -> bool:
    lines = rows[first:stop]
    if len(lines) < 2 or any(not _may_be_verse(line) for line in lines):
        return False
    open_ends = sum(_VERSE_END.search(line.content) is not None for line in lines)
    return open_ends * 2 > len(lines)


def _may_be_verse(line: Line) -> bool:
    content = line.content
    return (
        len(content) <= VERSE_WIDTH
        and HOLE not in content
        and " " in content
        and not _NOT_VERSE.match(content)
    )
