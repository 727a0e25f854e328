"""Compress JSON Lines, one line at a time: the good are written, the bad set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from promptc.api import ahead
from promptc.results import Compressed
from promptc.streams import reading, records, writing
from promptc.streams.calls import OF_ONE, Call, Tell, explain
from promptc.streams.reading import Line
from promptc.streams.writing import Put


@dataclass(frozen=True)
class Batch:
    """Where lines come from and go. *output* ``None`` is standard output.

    *rejects* takes the lines that can't be compressed, as they came. With *resume*, lines that
    are in *output* are not done again.
    """

    inputs: tuple[Path, ...]
    field: str | None = None
    output: Path | None = None
    rejects: Path | None = None
    resume: bool = False


@dataclass
class Tally:
    """Lines *done*, *skipped* since they were done before, and *bad*; tokens of those done."""

    done: int = 0
    skipped: int = 0
    bad: int = 0
    before: int = 0
    after: int = 0

    def __str__(self) -> str:
        parts = [f"{self.done:,} done"]
        parts += [f"{self.skipped:,} skipped"] if self.skipped else []
        parts += [f"{self.bad:,} set aside"] if self.bad else []
        return f"Lines: {', '.join(parts)}. {self.before:,} -> {self.after:,} tokens."


@dataclass(frozen=True)
class Watch:
    """Who hears about a run: *tell* of bad lines, *explain* of each result, *progress* of all."""

    tell: Tell
    explain: bool = False
    progress: Callable[[int, int | None], None] | None = None


def run(batch: Batch, call: Call, watch: Watch, tally: Tally) -> None:
    """Compress the lines of *batch* in order, and count them in *tally* as it goes."""
    written: Counter[str] = Counter()
    if batch.output:
        written = writing.mend(batch.output, resume=batch.resume)
    total = reading.count(batch.inputs) if watch.progress else None
    lines = (_read(line, batch, call, written) for line in reading.lines(batch.inputs))
    with _put(batch.output) as put, _set_aside(batch.rejects) as set_aside:
        for each in ahead(partial(_worked, call=call), lines, call.options):
            if each.error is not None:
                tally.bad += 1
                watch.tell(f"{each.line.place}: {each.error}")
                set_aside(each.line.data + b"\n")
            elif each.record is None or each.result is None:
                tally.skipped += 1
            else:
                put(records.written(each.record, each.result))
                _told(each.line, each.result, watch, tally)
            if watch.progress:
                watch.progress(each.line.number, total)
    if watch.progress:
        watch.progress(1, 1)


class _Each(NamedTuple):
    """A line and what came of it so far; one without a *record* was done before."""

    line: Line
    record: records.Record | None = None
    result: Compressed | None = None
    error: Exception | None = None


def _read(line: Line, batch: Batch, call: Call, written: Counter[str]) -> _Each:
    try:
        record = records.read(line, batch.field, call.query)
    except OF_ONE as error:
        return _Each(line, error=error)
    # Counted, not only known: of two lines with one id the second may still have to be done.
    if written[record.key]:
        written[record.key] -= 1
        return _Each(line)
    return _Each(line, record)


def _worked(each: _Each, call: Call) -> _Each:
    if each.record is None:
        return each
    try:
        return each._replace(result=call.compress(each.record.input, each.record.query))
    except OF_ONE as error:
        return each._replace(error=error)


def _told(line: Line, result: Compressed, watch: Watch, tally: Tally) -> None:
    tally.done += 1
    tally.before += result.tokens_before
    tally.after += result.tokens_after
    if watch.explain:
        explain(line.place, result, watch.tell)


@contextmanager
def _put(output: Path | None) -> Iterator[Put]:
    if output is None:
        yield writing.to_stdout
    else:
        with writing.appending(output) as put:
            yield put


@contextmanager
def _set_aside(path: Path | None) -> Iterator[Put]:
    """Take rejected lines; every run tries them again, so the file is begun anew."""
    if path is None:
        yield lambda _: None
    else:
        writing.replace(path, b"")
        with writing.appending(path) as put:
            yield put
