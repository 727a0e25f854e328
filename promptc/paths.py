"""Paths as people read them, and files read so that nothing blocks or fills the memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from promptc.errors import PromptcError, nearest
from promptc.source import MAX_BYTES

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


def shown(name: str) -> str:
    """*name* with what can't be printed written as an escape.

    >>> shown("a\\nb\\udcff")
    'a\\\\nb\\\\xff'
    """
    return name if name.isprintable() else "".join(map(_shown_character, name))


def display(path: Path) -> str:
    """*path* as a message shows it: relative to the working folder where it lies inside."""
    here = Path.cwd()
    inside = path.is_absolute() and path.is_relative_to(here)
    return shown((path.relative_to(here) if inside else path).as_posix())


def neighbors(path: Path) -> str:
    """The names that stand where *path* should, the nearest first, as the end of a message."""
    folder = path.parent
    try:
        names = [each.name for each in folder.iterdir() if not each.name.startswith(".")]
    except OSError:
        return f"the folder {display(folder)} can't be read either"
    if not names:
        return f"the folder {display(folder)} is empty"
    return nearest(path.name, map(shown, names))


def read_bytes(path: Path, name: str, error: type[PromptcError]) -> bytes:
    """Bytes of the regular file *path*; raise *error*, which calls it *name*, where it is none.

    Never waits for a pipe or a device. Of a file that is larger than any template may be, only
    the beginning that shows it is read.
    """
    try:
        refuse_odd(path.stat(), name, error)
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            refuse_odd(os.fstat(file.fileno()), name, error)
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise error(f"{name}: {reason(problem, path)}") from None


def refuse_odd(info: os.stat_result, name: str, error: type[PromptcError]) -> None:
    """Raise *error* unless *info* is that of a regular file of a size that can be read."""
    if not stat.S_ISREG(info.st_mode):
        kind = next((kind for test, kind in _KINDS if test(info.st_mode)), "something else")
        raise error(f"{name}: this is {kind}, not a file; name a file")
    if info.st_size > MAX_BYTES:
        size, most = info.st_size / 1e6, MAX_BYTES // 1_000_000
        raise error(
            f"{name}: {size:.0f} MB is more than the {most} MB that a file may have; "
            "take it apart, or leave it out with 'exclude'"
        )


def reason(problem: OSError, path: Path) -> str:
    """Why *path* can't be read, and what to do."""
    if problem.errno in _NOT_THERE:
        if path.is_symlink():
            target = shown(os.fspath(path.readlink()))
            return f"this is a link to '{target}', which does not exist; correct or remove it"
        return f"no such file or folder; {neighbors(path)}"
    if problem.errno == errno.ELOOP:
        return "this is a link that leads back to itself; correct or remove it"
    if isinstance(problem, PermissionError):
        return "permission denied; make it readable for the user who runs promptc"
    return f"can't be read ({problem.strerror or problem}); check the disk, or use 'exclude'"


def _shown_character(char: str) -> str:
    if char.isprintable():
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()
