"""Compress JSON Lines, one line at a time: the good are written, the bad set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
    with _put(batch.output) as put, _set_aside(batch.rejects) as set_aside:
        for line in reading.lines(batch.inputs):
            try:
                _one(line, batch, call, (watch, tally, written), put)
            except OF_ONE as error:
                tally.bad += 1
                watch.tell(f"{line.place}: {error}")
                set_aside(line.data + b"\n")
            if watch.progress:
                watch.progress(line.number, total)
    if watch.progress:
        watch.progress(1, 1)


def _one(
    line: Line, batch: Batch, call: Call, state: tuple[Watch, Tally, Counter[str]], put: Put
) -> None:
    watch, tally, written = state
    record = records.read(line, batch.field, call.query)
    # Counted, not only known: of two lines with one id the second may still have to be done.
    if written[record.key]:
        written[record.key] -= 1
        tally.skipped += 1
        return
    result = call.compress(record.input, record.query)
    put(records.written(record, result))
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
