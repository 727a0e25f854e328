"""Compare two marked texts word by word and gap by gap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.auditing.harm import difference, unequal
from benchmarks.auditing.layout import Layout, layout
from benchmarks.auditing.marks import CONTROL, HOLE, MARK, OPEN, TAG, thaw

_PIECE = re.compile(
    rf"(?P<mark>{MARK.pattern})|(?P<gap>[ \t\n\r\f\v]+)|(?P<word>[^ \t\n\r\f\v{OPEN}]+)"
)
_HEAD = re.compile(rf"(?:[ \t]|{CONTROL.pattern})*")
_NUMBER = re.compile(r"\d")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|without|cannot|unless|except|only|must|\w+n['’]t)\b", re.I
)
_URL = re.compile(r"\b(?:https?|ftp)://[^\s<>\"|`]+")
_ROLE = re.compile(
    r"^[ \t]*(?:#{1,3}[ \t]*)?(?:system|user|assistant|developer|tool|function)[ \t]*:", re.M | re.I
)


class Piece(NamedTuple):
    """A word or a mark, and the white space before it."""

    gap: str
    text: str


def compare(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and an excerpt of every harm done to a marked text."""
    if before == after:
        return
    before, after = flush(before), flush(after)
    one, two = layout(before), layout(after)
    yield from parts(one, two)
    yield from _lines(before, after)
    old, new = list(_pieces(one.text)), list(_pieces(two.text))
    if [piece.text for piece in old] != [piece.text for piece in new]:
        yield from _words(old, new)
        return
    yield from _gaps(old, new)
    yield from _columns(one.text, two.text)


def flush(text: str) -> str:
    """*text* without the indent that all its lines of text share, if it holds no fenced code.

    Lines that move together stand to each other as before; a line that moves alone still shows.
    """
    lines = text.split("\n")
    bare = [CONTROL.sub("", line) for line in lines]
    says = [line[: len(line) - len(line.lstrip(" \t"))] for line in bare if line.strip()]
    width = len(_prefix(says))
    if not width or "```" in text or "~~~" in text:
        return text
    pairs = zip(lines, bare, strict=True)
    return "\n".join(_outdented(line, width) if shown.strip() else line for line, shown in pairs)


def _outdented(line: str, width: int) -> str:
    """*line* less *width* characters of white space before its first word, the nearest first."""
    head = _HEAD.match(line)
    kept, rest = (head[0], line[head.end() :]) if head else ("", line)
    for _ in range(width):
        at = max(kept.rfind(" "), kept.rfind("\t"))
        kept = kept[:at] + kept[at + 1 :]
    return kept + rest


def _prefix(texts: list[str]) -> str:
    """The longest text that all *texts* start with."""
    low, high = min(texts, default=""), max(texts, default="")
    return next((low[:at] for at in range(len(low)) if low[at] != high[at]), low)


def parts(one: Layout, two: Layout) -> Iterator[tuple[str, str]]:
    """Yield the code, JSON and tables that differ in more than their layout."""
    pairs = (
        ("code fence", one.fences, two.fences),
        ("inline code", one.inline, two.inline),
        ("json", one.jsons, two.jsons),
        ("table", one.rows, two.rows),
    )
    for kind, old, new in pairs:
        if old != new:
            yield kind, unequal([thaw(each) for each in old], [thaw(each) for each in new])


def _lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Role markers and addresses, which other programs read."""
    for kind, pattern in (("role marker", _ROLE), ("url", _URL)):
        old, new = pattern.findall(before), pattern.findall(after)
        if old != new:
            yield kind, unequal(old, new)


def _pieces(text: str) -> Iterator[Piece]:
    gap = ""
    for match in _PIECE.finditer(text):
        if match.lastgroup == "gap":
            gap = match[0]
        else:
            yield Piece(gap, match[0])
            gap = ""
    yield Piece(gap, "")


def _words(old: list[Piece], new: list[Piece]) -> Iterator[tuple[str, str]]:
    """Say what kind of words changed: numbers, negations, any, or only their order."""
    was, now = (Counter(piece.text for piece in each) for each in (old, new))
    moved = sorted((was - now) + (now - was))
    where = difference(_shown(old), _shown(new), around=40)
    if not moved:
        yield "word order", where
        return
    yield "words", where
    numbers = [word for word in moved if _NUMBER.search(MARK.sub("", word))]
    if numbers and _digits(old) != _digits(new):
        yield "number", f"{thaw(' '.join(numbers[:6]))}: {where}"
    if _said(old) != _said(new):
        yield "negation", f"{_said(old)} became {_said(new)}"[:200]


def _shown(pieces: list[Piece]) -> str:
    return thaw(" ".join(piece.text for piece in pieces))


def _digits(pieces: list[Piece]) -> Counter[str]:
    text = " ".join(MARK.sub("", piece.text) for piece in pieces)
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", text))


def _said(pieces: list[Piece]) -> list[str]:
    text = " ".join(piece.text for piece in pieces)
    return [each.lower() for each in _NEGATION.findall(text)]


def _gaps(old: list[Piece], new: list[Piece]) -> Iterator[tuple[str, str]]:
    """Compare the white space before every word, and at the end."""
    for at, (was, now) in enumerate(zip(old, new, strict=True)):
        if was.gap == now.gap:
            continue
        left = old[at - 1].text if at else ""
        one, two = (gap_class(gap, left, first=at == 0) for gap in (was.gap, now.gap))
        if one == two:
            continue
        where = f"{thaw(left)[-20:]}{was.gap!r}{thaw(was.text)[:20]} became {now.gap!r}"
        if one.partition(":")[0] == two.partition(":")[0]:
            yield "indentation", where
        elif OPEN + HOLE in (left[:2], was.text[:2]):
            yield "space beside a hole", where
        else:
            yield "spacing", where


def gap_class(gap: str, left: str, *, first: bool) -> str:
    """None, space, tab, line or blank line; with the indent where the gap starts a line."""
    if "\n" in gap:
        kind = "blank line" if gap.count("\n") > 1 else "line"
        indent = gap[gap.rfind("\n") + 1 :]
        return f"{kind}:{indent}"
    if first or left.startswith(OPEN + TAG):
        return f"start:{gap}"
    if not gap:
        return "none"
    return "tab" if "\t" in gap else "space"


def _columns(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Find columns that were aligned with spaces on neighboring lines, and no longer are."""
    if re.search(r"\S {2,}\S", before) is None:
        return
    old = [line for line in before.split("\n") if line.strip()]
    new = [line for line in after.split("\n") if line.strip()]
    if len(old) != len(new):
        return
    stops = [_stops(line) for line in old]
    for at, (was, now) in enumerate(zip(old, new, strict=True)):
        if was.rstrip() == now.rstrip():
            continue
        near = {
            stop for each in stops[max(at - 1, 0) : at] + stops[at + 1 : at + 2] for stop in each
        }
        if stops[at] & near and stops[at] != _stops(now):
            yield "aligned columns", difference(thaw(was), thaw(now))
            return


def _stops(line: str) -> set[int]:
    """Columns at which a word starts after two or more spaces, up to the first hole or tag."""
    known = line.split(OPEN)[0]
    return {match.end() for match in re.finditer(r"(?<=\S) {2,}(?=\S)", known)}
