"""Printing: the report and the diffs on standard output, progress on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from promptc.report import figures
from promptc.report.diff import colored_diff, diff
from promptc.report.plain import writable
from promptc.report.terminal import terminal
from promptc.results import Built

_BAR = 30
_PATIENCE = 0.5
_REDRAW = 0.1


def print_report(built: Built, *, why: bool = False, quiet: bool = False) -> None:
    """Print the report of *built* as the terminal, or the log, can show it."""
    from rich.console import Console

    terminal(built, Console(), why=why, quiet=quiet)


def print_diffs(built: Built) -> None:
    """Print what changed in each template; where no terminal reads it, as `git apply` takes it."""
    from rich.console import Console

    console = Console()
    for file in built.files:
        if console.is_terminal and console.encoding == "utf-8":
            console.print(colored_diff(file), soft_wrap=True, end="")
        else:
            sys.stdout.write(writable(diff(file), console.encoding))


def progress(
    out: TextIO | None = None, clock: Callable[[], float] = time.monotonic, noun: str = "template"
) -> Callable[[int, int | None], None]:
    """Make a function of *done* and *total* that draws a bar, once the work takes half a second.

    The bar is drawn on standard error, in place, and wiped when all is done. A *total* of ``None``
    is not known. *noun* is what is counted.
    """
    drawn = clock() + _PATIENCE
    shown = False

    def draw(done: int, total: int | None) -> None:
        nonlocal drawn, shown
        stream = out or sys.stderr
        if total is not None and done >= total:
            stream.write("\r\x1b[2K" if shown else "")
        elif clock() >= drawn:
            drawn, shown = clock() + _REDRAW, True
            stream.write(f"\r\x1b[2K{bar(done, total, noun)}")
        stream.flush()

    return draw


def bar(done: int, total: int | None, noun: str = "template") -> str:
    """Draw how far the work is.

    >>> bar(300, 1200)
    '[#######.......................] 300 of 1,200 templates'
    >>> bar(300, None, "line")
    '300 lines'
    """
    if total is None:
        return figures.count(done, noun)
    full = _BAR * done // total if total else 0
    filled = "#" * full + "." * (_BAR - full)
    return f"[{filled}] {done:,} of {figures.count(total, noun)}"
