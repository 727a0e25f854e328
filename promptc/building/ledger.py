"""The drop ledger: every stretch of source text that a build removed or replaced, or didn't.

Each entry holds the source text it stands for, so that a line can be explained and restored when
the template has long changed. Edits that were undone stand beside those that were kept, each with
its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeAlias

from promptc.building.names import LEDGER
from promptc.errors import PromptcError, nearest
from promptc.results import Compiled, Drop, Step, Undone
from promptc.source import Span

VERSION = 2

Rows: TypeAlias = list[dict[str, Any]]
"""The entries of one template, as they stand in the file."""


class Entry(NamedTuple):
    """One drop, the guarantee of its pass, the last source line it touches.

    *original* is the source text under the drop's span; it differs from what the pass saw there
    where another pass had changed the text before. *checks* agreed to the drop, and *renderings*
    bear its guarantee out. *undone* says why nothing was dropped after all; empty for a drop.
    """

    drop: Drop
    guarantee: str
    last_line: int
    original: str
    checks: tuple[str, ...] = ()
    renderings: int = 0
    undone: str = ""


@dataclass(frozen=True)
class Ledger:
    """The entries of each compiled template, by its name."""

    files: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)


def dumps(files: Iterable[Compiled], kept: Mapping[str, Rows] | None = None) -> bytes:
    """Write the entries of *files* as JSON, one a line, beside the rows *kept* as they are."""
    found = {**(kept or {}), **{each.name: _rows(each) for each in files}}
    rows = ",\n".join(f"    {json.dumps(name)}: {_lines(found[name])}" for name in sorted(found))
    body = f"{{\n{rows}\n  }}" if rows else "{}"
    text = f'{{\n  "promptc": "ledger",\n  "version": {VERSION},\n  "files": {body}\n}}\n'
    return text.encode()


def load(out: Path) -> Ledger:
    """Read the ledger of the build folder *out*; raise `PromptcError` where there is none."""
    path = out / LEDGER
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptcError(
            f"{path}: there is no drop ledger ({error.strerror}); run `promptc build` first, or "
            "name the build folder with -o"
        ) from error
    return loads(data, str(path))


def loads(data: bytes, name: str) -> Ledger:
    """Read what `dumps` wrote; raise `PromptcError` for anything else."""
    try:
        return Ledger({file: tuple(map(_read, rows)) for file, rows in _files(data, name).items()})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(name) from error


def rows(data: bytes, name: str) -> Mapping[str, Rows]:
    """What `dumps` wrote, by template, fit to be written again; raises as `loads` does."""
    loads(data, name)
    return _files(data, name)


def _files(data: bytes, name: str) -> dict[str, Rows]:
    try:
        value = json.loads(data)
        version = value["version"] if value["promptc"] == "ledger" else None
        if version == VERSION:
            return dict(value["files"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(name) from error
    raise PromptcError(
        f"{name}: version {version!r}, and this promptc reads version {VERSION}; "
        "run `promptc build` again"
    )


def named(ledger: Ledger, file: str) -> str:
    """The one source in *ledger* that *file* means; the longest name that *file* ends with."""
    names = {entry.drop.source for each in ledger.files.values() for entry in each}
    names |= set(ledger.files)
    asked = PurePath(file).as_posix()
    if asked in names:
        return asked
    inside = [name for name in names if asked.endswith(f"/{name}")]
    if inside:
        return max(inside, key=len)
    around = sorted(name for name in names if name.endswith(f"/{asked}"))
    if not around:
        known = nearest(asked, names) if names else "nothing was built"
        raise PromptcError(f"{file}: not in the drop ledger; {known}")
    if len(around) > 1:
        raise PromptcError(f"{file}: which one? choose from {', '.join(map(repr, around))}")
    return around[0]


def drops_of(ledger: Ledger, file: str) -> tuple[Drop, ...]:
    """Every drop of the source *file*, in the order of the text.

    *file* is read as `named` reads it.
    """
    return tuple(entry.drop for entry in _dropped(ledger, named(ledger, file)))


def at(ledger: Ledger, file: str, line: int) -> list[Drop]:
    """The drops that touch *line* of the source *file*, which is read as `named` reads it."""
    return [entry.drop for entry in _touching(_dropped(ledger, named(ledger, file)), line)]


def guarantees(ledger: Ledger) -> dict[str, str]:
    """The guarantee of each pass that stands in *ledger*, by the pass's name."""
    entries = (entry for each in ledger.files.values() for entry in each)
    return {entry.drop.pass_name: entry.guarantee for entry in entries}


def restore(ledger: Ledger, file: str, line: int) -> str:
    """The source text that was dropped at *line* of *file*, as it stood there.

    Drops that overlap are joined into one stretch; stretches that stand apart are parted by a
    line end. Raises `PromptcError` where nothing was dropped.
    """
    name = named(ledger, file)
    entries = _dropped(ledger, name)
    found = _touching(entries, line)
    if not found:
        raise PromptcError(f"{name}:{line}: nothing was dropped here; {_elsewhere(entries, line)}")
    return _joined([entry.original for entry in _stretches(found)])


def _damaged(name: str) -> PromptcError:
    return PromptcError(f"{name}: not a drop ledger; run `promptc build` again")


def _rows(compiled: Compiled) -> Rows:
    steps = {step.name: step for step in compiled.steps}
    kept = [_kept(drop, steps.get(drop.pass_name), compiled) for drop in compiled.drops]
    undone = (each for step in compiled.steps for each in step.undone if _placed(each))
    return kept + [_undone(each, steps[each.pass_name], compiled) for each in undone]


def _placed(each: Undone) -> bool:
    """Whether *each* has a place: a whole pass left out has none, nor has what promptc wrote."""
    return each.span != Span(0, 0) or bool(each.after and not each.before)


def _kept(drop: Drop, step: Step | None, compiled: Compiled) -> dict[str, Any]:
    row = _row(drop, step.guarantee if step else "", compiled)
    if step and step.checks:
        row["checks"] = list(step.checks)
    if step and step.renderings:
        row["renderings"] = step.renderings
    return row


def _undone(each: Undone, step: Step, compiled: Compiled) -> dict[str, Any]:
    place = each.source, each.span, each.line, each.column
    drop = Drop(each.pass_name, *place, each.before, each.after, each.rule)
    return {**_row(drop, step.guarantee, compiled), "undone": each.reason}


def _lines(found: Rows) -> str:
    rows = ",\n".join(f"      {json.dumps(row)}" for row in found)
    return f"[\n{rows}\n    ]" if rows else "[]"


def _row(drop: Drop, guarantee: str, compiled: Compiled) -> dict[str, Any]:
    row = {
        "pass": drop.pass_name,
        "guarantee": guarantee,
        "rule": drop.rule,
        "source": drop.source,
        "span": drop.span,
        "line": drop.line,
        "column": drop.column,
        "last_line": drop.line + drop.before.count("\n", 0, len(drop.before) - 1),
        "before": drop.before,
        "after": drop.after,
    }
    if drop.source == compiled.name:
        start, stop = drop.span
        row["last_line"] = drop.line + compiled.source.count("\n", start, max(start, stop - 1))
        original = compiled.source[start:stop]
        if original != drop.before:
            row["original"] = original
    return row


def _read(row: dict[str, Any]) -> Entry:
    drop = Drop(
        pass_name=str(row["pass"]),
        source=str(row["source"]),
        span=Span(*map(int, row["span"])),
        line=int(row["line"]),
        column=int(row["column"]),
        before=str(row["before"]),
        after=str(row["after"]),
        rule=str(row["rule"]),
    )
    original = str(row.get("original", drop.before))
    return Entry(
        drop,
        str(row["guarantee"]),
        int(row["last_line"]),
        original,
        checks=tuple(map(str, row.get("checks", ()))),
        renderings=int(row.get("renderings", 0)),
        undone=str(row.get("undone", "")),
    )


def _dropped(ledger: Ledger, source: str) -> list[Entry]:
    """The drops of one source, each once, though several templates may include it."""
    found = {entry for each in ledger.files.values() for entry in each}
    mine = (entry for entry in found if entry.drop.source == source and not entry.undone)
    return sorted(mine, key=lambda entry: (entry.drop.span, entry.drop))


def _touching(entries: Iterable[Entry], line: int) -> list[Entry]:
    return [entry for entry in entries if entry.drop.line <= line <= entry.last_line]


def _stretches(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Join entries whose spans overlap; they come in the order of their spans."""
    current = entries[0]
    for entry in entries[1:]:
        (start, stop), (_, end) = entry.drop.span, current.drop.span
        if start > end or not _exact(current) or not _exact(entry):
            yield current
            current = entry
        elif stop > end:
            span = Span(current.drop.span.start, stop)
            text = current.original + entry.original[end - start :]
            current = current._replace(drop=current.drop._replace(span=span), original=text)
    yield current


def _exact(entry: Entry) -> bool:
    """Whether the text of *entry* is the source under its span, character for character."""
    span = entry.drop.span
    return len(entry.original) == span.stop - span.start


def _joined(texts: Sequence[str]) -> str:
    """Part *texts* by a line end where they have none of their own."""
    parted = [text if text.endswith("\n") else f"{text}\n" for text in texts[:-1]]
    return "".join((*parted, texts[-1]))


def _elsewhere(entries: Sequence[Entry], line: int) -> str:
    lines = sorted({entry.drop.line for entry in entries}, key=lambda each: abs(each - line))
    if not lines:
        return "nothing was dropped from this file"
    return f"the nearest drops are on {', '.join(f'line {each}' for each in sorted(lines[:3]))}"
