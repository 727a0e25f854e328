"""`promptc compress`: what was asked for, held against itself, then run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from promptc.budget import Budget
from promptc.options import Options
from promptc.paths import display
from promptc.report import progress
from promptc.streams import batch, reading, whole, writing
from promptc.streams.calls import Call, Tell

DONE, FAILED, INTERRUPTED = 0, 2, 130


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The arguments of the command."""

    inputs: tuple[Path, ...]
    rate: float | None
    tokens: int | None
    query: str
    model: str
    scorer: str
    device: str | None
    dtype: str | None
    together: bool
    keep: tuple[str, ...]
    mark: str
    fine: bool | None
    cache: Path | None
    deadline: float | None
    jsonl: bool
    text_field: str | None
    rejects: Path | None
    resume: bool
    output: Path | None
    as_json: bool
    explain: bool
    page: Callable[[Callable[[], str]], None] | None = None
    """Writes the web page that is made for it."""


def run(asked: Asked, tell: Tell) -> int:
    """Compress what was *asked* for; *tell* hears notes and what went wrong. Return the exit code.

    A reader that has enough, as ``head`` has, ends the run well. Raises `click.UsageError` for
    arguments that contradict each other, `PromptcError` for what stops the run.
    """
    _refuse(asked)
    call = _call(asked)
    call.check()
    tell = _lasting(tell)
    if reading.STDIN in asked.inputs and reading.terminal(sys.stdin):
        tell("Reading standard input; Ctrl-D ends it.")
    try:
        return _lines(asked, call, tell) if asked.jsonl else _files(asked, call, tell)
    except BrokenPipeError:
        return DONE


def _lasting(tell: Tell) -> Tell:
    """Make *tell* go silent when nobody listens anymore, which is no reason to stop the work."""

    def last(message: str) -> None:
        try:
            tell(message)
        except BrokenPipeError:
            writing.hush(sys.stderr)

    return last


def _files(asked: Asked, call: Call, tell: Tell) -> int:
    files = whole.Files(
        asked.inputs, asked.together, asked.as_json, asked.explain, asked.output, asked.page
    )
    try:
        done = whole.run(files, call, tell)
    except KeyboardInterrupt:
        tell("Interrupted.")
        return INTERRUPTED
    call.unused(tell)
    return DONE if done else FAILED


def _lines(asked: Asked, call: Call, tell: Tell) -> int:
    job = batch.Batch(asked.inputs, asked.text_field, asked.output, asked.rejects, asked.resume)
    tally = batch.Tally()
    try:
        batch.run(job, call, batch.Watch(tell, asked.explain, _progress(asked)), tally)
    except KeyboardInterrupt:
        more = " Run it again with --resume to go on." if asked.output else ""
        tell(f"Interrupted. {tally}{more}")
        return INTERRUPTED
    if tally.done:
        call.unused(tell)
    tell(str(tally))
    return FAILED if tally.bad else DONE


def _progress(asked: Asked) -> Callable[[int, int | None], None] | None:
    """Draw a bar where there is a terminal for it that shows nothing else."""
    busy = asked.explain or (asked.output is None and reading.terminal(sys.stdout))
    return progress(noun="line") if reading.terminal(sys.stderr) and not busy else None


def _call(asked: Asked) -> Call:
    if asked.rate is None and asked.tokens is None:
        raise click.UsageError("give --rate or --tokens: how much may stay.")
    try:
        budget = Budget(tokens=asked.tokens, rate=asked.rate)
        options = Options(
            scorer=asked.scorer,
            device=asked.device,
            dtype=asked.dtype,
            fine=asked.fine,
            keep=asked.keep,
            deadline=asked.deadline,
            cache=asked.cache,
            mark=asked.mark,
        )
    except ValueError as error:
        raise click.UsageError(f"--{error}.") from None
    several = asked.jsonl or (len(asked.inputs) > 1 and not asked.together)
    return Call(budget, asked.query, asked.model, options, several)


def _refuse(asked: Asked) -> None:
    """Raise `click.UsageError` for arguments that don't go together."""
    lines = {
        "--text-field": asked.text_field,
        "--rejects": asked.rejects,
        "--resume": asked.resume,
    }
    for name, given in lines.items():
        if given and not asked.jsonl:
            raise click.UsageError(f"{name} is for --jsonl; give that too.")
    files = {
        "--json": (asked.as_json, "each line says what --json does"),
        "--together": (asked.together, "the documents of one line share a budget"),
        "--report": (bool(asked.page), "--explain says what each line lost"),
    }
    for name, (mixed, instead) in files.items():
        if mixed and asked.jsonl:
            raise click.UsageError(f"{name} and --jsonl can't be mixed; {instead}.")
    if asked.resume and asked.output is None:
        raise click.UsageError("--resume goes on with the file of --output; give that too.")
    if asked.inputs.count(reading.STDIN) > 1:
        raise click.UsageError("- is standard input, which can be read once.")
    _refuse_same(asked)


def _refuse_same(asked: Asked) -> None:
    """Refuse to write into a file that is read, or that is written otherwise."""
    outputs = {"--output": asked.output, "--rejects": asked.rejects}
    for path in asked.inputs:
        source = _handle(sys.stdin) if path == reading.STDIN else path
        for name, output in outputs.items():
            if output and reading.same(output, source):
                raise click.UsageError(f"{name} {display(output)} is the input; name another file.")
        # A file to which lines are added while it is read never ends.
        if asked.jsonl and reading.same(source, _handle(sys.stdout)):
            raise click.UsageError(f"{reading.title(path)} is also where standard output goes.")
    if asked.output and asked.rejects and asked.output.resolve() == asked.rejects.resolve():
        raise click.UsageError("--output and --rejects are one file; name two.")


def _handle(stream: object) -> int:
    """The descriptor of *stream*; one that nothing is open at where it has none."""
    try:
        return stream.fileno()  # type: ignore[attr-defined,no-any-return]
    except (AttributeError, OSError, ValueError):
        return -1
