"""What commands print, and the codes they exit with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from promptc.protocols import Progress

DONE, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


def complain(message: str) -> None:
    """Print *message* on standard error, over the progress bar if one is drawn."""
    from promptc.report import plain

    wipe = "\r\x1b[2K" if sys.stderr.isatty() else ""
    click.echo(f"{wipe}{plain(message)}", err=True)


def say(text: str) -> None:
    """Print *text* in characters that standard output can write."""
    from promptc.report import writable

    click.echo(writable(text, sys.stdout.encoding or "utf-8"))


def page_writer(path: Path | None, *, quiet: bool = False) -> Callable[[Callable[[], str]], None]:
    """A function that makes a web page, writes it to *path*, and says so; without a path, nothing.

    Raises `ConfigError` right away for a file that is no such page.
    """
    if path is None:
        return lambda make: None
    if str(path) == "-":
        raise click.UsageError("--report writes a file; name one, as report.html.")
    from promptc.paths import display
    from promptc.report import page as web

    web.free(path)

    def put(make: Callable[[], str]) -> None:
        web.write(path, make())
        if not quiet:
            click.echo(f"The report is in {display(path)}", err=True)

    return put


def progress_bar(*, quiet: bool, noun: str = "template") -> Progress:
    """A callback that draws how far long work is, where there is a terminal to draw on."""
    if quiet or not sys.stderr.isatty():
        return None
    from promptc.report import progress

    return progress(noun=noun)
