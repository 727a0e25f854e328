"""Write files so that a reader sees the old content or the new one, never a part of either."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from promptc.errors import PromptcError

TEMPORARY = re.compile(r"\.promptc-[0-9a-f]{16}\.tmp")
"""The name of every temporary file; what a killed build left is found by it."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RIGHTS = "name another folder, or make this one writable"


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace *path* by *data*, synced to disk, with its folders made where they are missing.

    Raises `PromptcError` naming *path* where that can't be done; no temporary file stays behind.
    """
    with refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _move(_temporary(path.parent, data, mode, sync=True), path)


def swap(path: Path, data: bytes, scratch: Path, mode: int = 0o644) -> None:
    """Replace *path* by *data* by way of the folder *scratch* on the same disk, without a sync.

    A killed process leaves its temporary file in *scratch*, where the next one can sweep it up.
    """
    with refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _move(_temporary(scratch, data, mode, sync=False), path)


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `PromptcError` that names *path*."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        todo = "free some space on its disk" if error.errno in _FULL else _RIGHTS
        raise PromptcError(f"{path}: can't be written ({why}); {todo}") from error


def temporary_name() -> str:
    """Make up a name that no other file has."""
    return f".promptc-{os.urandom(8).hex()}.tmp"


def _temporary(folder: Path, data: bytes, mode: int, *, sync: bool) -> Path:
    path = folder / temporary_name()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _move(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
