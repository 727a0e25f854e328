"""Draw changes from a build's ledger, the same ones each time, and show them for reading."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

#: A pass that changes no word and still wants a reader: what is a wrapped line is a judgment.
_READ_TOO = frozenset({"unwrap-lines"})
_AROUND = 220
_NEAR = 60

Rows: TypeAlias = list[dict[str, Any]]


class Entry(NamedTuple):
    """One stretch of a source, first and last offset, and what stands there before and after."""

    start: int
    stop: int
    before: str
    after: str


class Change(NamedTuple):
    """What one rule of a pass did to one line of a file."""

    file: str
    pass_name: str
    rule: str
    line: int
    entries: tuple[Entry, ...]
    digest: str
    """Of the stretches and the words around them: the same wherever the same is done."""

    @property
    def row(self) -> str:
        """The row of the data that the file is, or is a part of."""
        return self.file.partition("/")[0].partition(".")[0]

    @property
    def key(self) -> str:
        """What a verdict on this change is filed under."""
        return f"{self.row}:{self.entries[0].start}:{self.pass_name}:{self.digest}"


def changes(ledger: Path, sources: Mapping[str, str]) -> list[Change]:
    """Every change in *ledger* that a reader must judge; *sources* are the texts by name."""
    files: Mapping[str, Rows] = json.loads(ledger.read_text(encoding="utf-8"))["files"]
    found: dict[tuple[str, str, str, int], set[Entry]] = defaultdict(set)
    for row in (row for rows in files.values() for row in rows):
        if row["guarantee"] == "MEANING" or row["pass"] in _READ_TOO:
            start, stop = row["span"]
            key = (row["source"], row["pass"], row["rule"], row["line"])
            found[key].add(Entry(start, stop, row["before"], row["after"]))
    return [
        Change(*key, tuple(sorted(entries)), _digest(sources[key[0]], entries))
        for key, entries in sorted(found.items())
    ]


def _digest(source: str, entries: Iterable[Entry]) -> str:
    said = [
        (source[max(0, each.start - _NEAR) : each.stop + _NEAR], each.before, each.after)
        for each in sorted(entries)
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]


def draw(every: Iterable[Change], count: int, seed: int) -> list[Change]:
    """*count* of the changes, shared out evenly among the passes, none of them twice.

    Which ones hangs on what they do alone: a change that is still made when the passes have been
    mended is drawn again, and the verdict on it still holds.
    """
    distinct = {(each.pass_name, each.digest): each for each in sorted(every, reverse=True)}
    ranked: dict[str, list[Change]] = defaultdict(list)
    for each in sorted(distinct.values(), key=lambda each: _rank(each, seed)):
        ranked[each.pass_name].append(each)
    drawn: list[Change] = []
    # The pass with the fewest first, so that what it leaves goes to the others.
    for at, name in enumerate(sorted(ranked, key=lambda name: (len(ranked[name]), name))):
        drawn += ranked[name][: (count - len(drawn)) // (len(ranked) - at)]
    return sorted(drawn, key=lambda each: (each.pass_name, each.rule, each.key))


def _rank(change: Change, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{change.pass_name}:{change.digest}".encode()).hexdigest()


def shown(change: Change, source: str, every: Sequence[Change]) -> str:
    """*change* with the text around it, before and after; a removed sentence with its like."""
    start = max(0, change.entries[0].start - _AROUND)
    stop = min(len(source), max(each.stop for each in change.entries) + _AROUND)
    near = [entry for each in every if each.file == change.file for entry in each.entries]
    lines = [
        change.key,
        f"  {change.pass_name} / {change.rule or '-'} / {change.file}:{change.line}",
        *(f"  {each.before!r} -> {each.after!r}" for each in change.entries),
        f"  BEFORE: {_marked(source, start, stop, change)!r}",
        f"  AFTER:  {_applied(source, start, stop, near)!r}",
        *_twins(change, source),
    ]
    return "\n".join(lines)


def _marked(source: str, start: int, stop: int, change: Change) -> str:
    found, at = [], start
    for entry in change.entries:
        found += [source[at : entry.start], "⟦", source[entry.start : entry.stop], "⟧"]
        at = entry.stop
    return "".join([*found, source[at:stop]])


def _applied(source: str, start: int, stop: int, entries: Iterable[Entry]) -> str:
    """The stretch with every entry in it applied; of entries that overlap, the first."""
    found, at = [], start
    for entry in sorted(entries):
        if entry.start >= at and entry.stop <= stop:
            found += [source[at : entry.start], entry.after]
            at = entry.stop
    return "".join([*found, source[at:stop]])


def _twins(change: Change, source: str) -> Iterator[str]:
    """For a sentence that was removed: the stretch before it that has most of its words."""
    if change.pass_name != "dedupe-sentences":
        return
    first, last = change.entries[0], change.entries[-1]
    gone = set(source[first.start : last.stop].lower().split())
    size = last.stop - first.start + 20
    spots = range(0, max(1, first.start - size + 20), 10)
    best = max(spots, key=lambda at: len(gone & set(source[at : at + size].lower().split())))
    yield f"  TWIN:   {source[max(0, best - 20) : best + size]!r}"
