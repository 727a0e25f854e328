"""What `promptc check --fix` writes: what the passes that save tokens make of a template.

Passes that change the shape of a template are left out: a branch that is never taken is often kept
on purpose, and a source is not the place to drop it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from promptc.atomic import write
from promptc.building import jobs
from promptc.building.jobs import Job, Settings
from promptc.checking.choice import Choice
from promptc.errors import PromptcError
from promptc.files import Found, read_source
from promptc.inspection import Record
from promptc.passes import LEVELS
from promptc.paths import display
from promptc.protocols import Pass
from promptc.results import Compiled
from promptc.rules.savings import SAVINGS

CODES = {each.name: each.code for each in SAVINGS}


def fix(
    wanted: Iterable[tuple[Found, Record]], level: int, choice: Choice, settings: Settings
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Rewrite the files of *wanted* by the passes up to *level*.

    Returns the files that changed, and notes on those that could not be rewritten. Each is
    replaced as a whole or not at all, and only bytes that a pass edits are other ones after.
    """
    written: list[Path] = []
    notes: list[str] = []
    passes = tuple(each for each in settings.passes if _saves(each.name, level))
    settings = replace(settings, passes=passes)
    waiting = list(_jobs(wanted, choice, settings, notes))
    for job, outcome in jobs.run(waiting, 0):
        if isinstance(outcome, str):
            notes.append(outcome)
        elif outcome.compiled.changed:
            written += _written(job, outcome.compiled, notes)
    return tuple(sorted(written)), tuple(notes)


def _saves(name: str, level: int) -> bool:
    return name in CODES and LEVELS[name] <= level


def _jobs(
    wanted: Iterable[tuple[Found, Record]], choice: Choice, settings: Settings, notes: list[str]
) -> Iterator[Job]:
    for found, record in wanted:
        passes = tuple(_passes(found, record, choice, settings))
        if not passes:
            continue
        try:
            yield jobs.read(found, replace(settings, passes=passes, hold_prefix=record.held))
        except PromptcError as error:
            notes.append(str(error))


def _passes(found: Found, record: Record, choice: Choice, settings: Settings) -> Iterator[Pass]:
    """The passes whose code nobody ignores in this file."""
    ignored = {code for ignore in record.ignores for code in ignore.codes}
    everything = any(not ignore.codes for ignore in record.ignores)
    for each in settings.passes:
        code = CODES[each.name]
        if not everything and code not in ignored and choice.reports(code, found.path):
            yield each


def _written(job: Job, compiled: Compiled, notes: list[str]) -> Iterator[Path]:
    path = job.found.path.resolve()
    try:
        if read_source(job.found) != job.source:
            notes.append(f"{display(job.found.path)}: changed while it was read; run it again")
            return
        write(path, compiled.data, path.stat().st_mode & 0o777)
    except PromptcError as error:
        notes.append(str(error))
        return
    yield job.found.path
