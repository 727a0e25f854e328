"""Read texts and lines from files and from standard input, as UTF-8."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from promptc.errors import InputError
from promptc.paths import display, reason

STDIN = Path("-")
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BLOCK = 1 << 20


class Line(NamedTuple):
    """One line of the inputs: *number* counts over all of them, *place* names file and line."""

    number: int
    place: str
    data: bytes


def title(path: Path) -> str:
    """What messages call *path*."""
    return "standard input" if path == STDIN else display(path)


def text(path: Path) -> str:
    """Read a whole text, line ends as they are; raise `InputError` for what can't be read."""
    with _opened(path) as file:
        return decoded(file.read(), title(path))


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8 less its byte-order mark; raise `InputError`, naming *name*, for other bytes."""
    try:
        return data.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        wide = "; this looks like UTF-16" if data.startswith(_UTF16) else ""
        at = error.start + (len(_BOM) if data.startswith(_BOM) else 0)
        raise InputError(
            f"{name}: not UTF-8 (byte 0x{data[at]:02x} at {at:,}){wide}; save it as UTF-8"
        ) from None


def lines(paths: Iterable[Path]) -> Iterator[Line]:
    """Yield the lines of *paths* one after another, blank ones left out but counted."""
    number = 0
    for path in paths:
        with _opened(path) as file:
            for own, raw in enumerate(file, 1):
                number += 1
                data = raw.removeprefix(_BOM) if own == 1 else raw
                if data.strip():
                    yield Line(number, f"{title(path)}:{own}", data.rstrip(b"\r\n"))


def count(paths: Iterable[Path]) -> int | None:
    """Count the lines of *paths*; ``None`` where that can't be told before they are read."""
    total = 0
    for path in paths:
        if path == STDIN or not path.is_file():
            return None
        with _opened(path) as file:
            last = b"\n"
            while block := file.read(_BLOCK):
                total += block.count(b"\n")
                last = block[-1:]
            total += last != b"\n"
    return total


def terminal(stream: TextIO | None) -> bool:
    """Whether *stream* is a terminal; it is ``None`` where the shell closed it."""
    return stream is not None and stream.isatty()


def same(one: Path | int, two: Path | int) -> bool:
    """Whether two paths or open descriptors are one regular file."""
    first, second = _identity(one), _identity(two)
    return first is not None and first == second


def _identity(at: Path | int) -> tuple[int, int] | None:
    try:
        found = os.fstat(at) if isinstance(at, int) else at.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == STDIN:
        # The type of `sys.stdin` leaves out that a shell may close it.
        given: TextIO | None = sys.stdin
        if given is None:
            raise InputError("standard input: it is closed; name a file")
        yield given.buffer
        return
    try:
        file = path.open("rb")
    except OSError as problem:
        raise InputError(f"{title(path)}: {reason(problem, path)}") from None
    with file:
        yield file
