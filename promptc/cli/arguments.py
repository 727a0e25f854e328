"""Kinds of arguments, and the options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from promptc.errors import ConfigError

TEMPLATES = Path("templates")
DASH = Path("-")


class FilePath(click.Path):
    """A path that was written out; with *file*, one of a file that is there."""

    def __init__(self, *, file: bool = False, **kwargs: Any) -> None:
        super().__init__(path_type=Path, **kwargs)
        self.file = file

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from promptc.paths import display, neighbors

        path = Path(value)
        if value == "":
            self.fail("the path is empty.", param, ctx)
        if self.file and not path.exists():
            self.fail(f"{display(path)}: no such file; {neighbors(path)}", param, ctx)
        if self.file and path.is_dir():
            self.fail(f"{display(path)}: this is a folder; name a file", param, ctx)
        return super().convert(value, param, ctx)


class StreamPath(FilePath):
    """A path, or ``-`` for a standard stream."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return DASH if str(value) == "-" else super().convert(value, param, ctx)


def compiling(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that compiles."""
    options = [
        click.option("-O", "--level", type=click.IntRange(0, 3), help="0 counts only; default 2."),
        _MODEL,
        click.option(
            "--pass", "passes", multiple=True, metavar="NAME[:OPTION=VALUE,...]",
            help="Set a pass's options, or run one that its level leaves out.",
        ),
        click.option("--no-pass", "without", multiple=True, metavar="NAME", help="Leave one out."),
        *_COUNTING,
    ]  # fmt: skip
    return _with(options, command)


def counting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a command that counts and runs no pass."""
    return _with([_MODEL, *_COUNTING], command)


_MODEL = click.option("--model", help="Model whose tokenizer and prices count; default gpt-4o.")
_COUNTING = (
    click.option(
        "--set", "bindings", multiple=True, metavar="NAME=VALUE",
        help="A variable whose value is known now; VALUE is JSON, or else a string.",
    ),
    click.option("--config", type=FilePath(file=True), help="Read this file and no other."),
    click.option(
        "--prices", type=FilePath(file=True), help="Prices that go before the built-in ones."
    ),
    click.option("--tokenizer", type=FilePath(file=True), help="The model's tokenizer.json."),
)  # fmt: skip


def _with(options: Iterable[Any], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(list(options)):
        command = option(command)
    return command


def reporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of every command that writes a report as a web page."""
    return click.option(
        "--report", type=FilePath(dir_okay=False), metavar="FILE",
        help="Write the report as one web page, as report.html.",
    )(command)  # fmt: skip


@contextmanager
def about(option: str, only: str = "") -> Iterator[None]:
    """Name *option* in the errors that its value raises: those whose message has *only* in it."""
    try:
        yield
    except ConfigError as error:
        if only not in str(error):
            raise
        raise ConfigError(f"{option}: {error}") from error
