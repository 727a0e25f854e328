"""Write results so that a line is there whole or not at all, whatever ends the run."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO, TypeAlias

from promptc import atomic
from promptc.errors import InputError, PromptcError
from promptc.paths import display
from promptc.streams import records

Put: TypeAlias = Callable[[bytes], None]


def to_stdout(data: bytes) -> None:
    """Write *data* to standard output at once; a reader that left is a `BrokenPipeError`."""
    # The type of `sys.stdout` leaves out that a shell may close it.
    out: TextIO | None = sys.stdout
    if out is None:
        raise PromptcError("standard output: it is closed; name a file with --output")
    try:
        with whole():
            out.buffer.write(data)
            out.buffer.flush()
    except BrokenPipeError:
        hush(out)
        raise
    except OSError as error:
        hush(out)
        why = error.strerror or type(error).__name__
        raise PromptcError(f"standard output: can't be written ({why})") from error


def hush(stream: TextIO) -> None:
    """Send what *stream* still holds nowhere, so that Python can end without a complaint."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def replace(path: Path, data: bytes) -> None:
    """Write *data* as the file *path*, or into it where it is a pipe or a device."""
    if path.exists() and not path.is_file():
        with appending(path) as put:
            put(data)
    else:
        atomic.write(path.resolve(), data)


@contextmanager
def appending(path: Path) -> Iterator[Put]:
    """Yield a function that adds a line at the end of *path*; a line that fails is taken back."""
    with atomic.refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        yield lambda data: _append(file, path, data)
    finally:
        os.close(file)


def _append(file: int, path: Path, data: bytes) -> None:
    start = os.fstat(file).st_size
    with whole():
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(file, left) :]
        except BrokenPipeError:
            raise
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, start)
            with atomic.refused(path):
                raise


def mend(path: Path, *, resume: bool) -> Counter[str]:
    """Count the keys of the lines in *path*, and put its end in order for more lines.

    A run that was killed may have left a part of a line at the end. With *resume* it is cut off;
    without, `InputError` says so, since it may be anything. No keys are counted then.
    """
    found: Counter[str] = Counter()
    if not path.is_file():
        return found
    with atomic.refused(path), path.open("r+b") as file:
        if resume:
            end = _counted(file, path, found)
            file.truncate(end)
        elif file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                raise InputError(
                    f"{display(path)}: ends in a part of a line; --resume cuts it off and goes on"
                )
    return found


def _counted(file: Iterator[bytes], path: Path, found: Counter[str]) -> int:
    """Count keys into *found*; return where the last whole line ends."""
    end = 0
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            break
        end += len(line)
        try:
            found[records.key_of_written(line)] += 1
        except InputError as error:
            raise InputError(
                f"{display(path)}:{number}: {error}; --resume needs what an earlier run wrote"
            ) from None
    return end


@contextmanager
def whole() -> Iterator[None]:
    """Put off Ctrl-C until the block is done; pressed twice, it ends the block too."""
    usual = signal.getsignal(signal.SIGINT)
    here = threading.current_thread() is threading.main_thread()
    if not here or usual is not signal.default_int_handler:
        yield
        return
    pressed: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if pressed:
        raise KeyboardInterrupt
