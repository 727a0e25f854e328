"""Keep each build whole in a folder named by its content, where a reader finds it unchanged."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from promptc.atomic import TEMPORARY, refused, temporary_name
from promptc.errors import PromptcError

_NAME = re.compile(r"[0-9a-f]{32}")
_SYNCS = 8
LOCK = ".lock"
"""The file under the private folder by which one build at a time is let in."""


@contextmanager
def alone(private: Path, seconds: float, busy: PromptcError) -> Iterator[None]:
    """Be the only build in *private*, made where it is missing; raise *busy* after *seconds*."""
    from filelock import FileLock, Timeout

    with refused(private):
        private.mkdir(parents=True, exist_ok=True)
    path = private / LOCK
    with refused(path):
        try:
            held = FileLock(path, timeout=seconds).acquire()
        except Timeout:
            raise busy from None
    with held:
        yield


def write(private: Path, name: str, outputs: Mapping[str, bytes], previous: str) -> None:
    """Make the folder *name* under *private* hold exactly *outputs*, all or nothing.

    What the folder *previous* already holds is linked, not written again.
    """
    home = private / name
    if holds(home, outputs):
        return
    fresh = private / temporary_name()
    try:
        with refused(home):
            _fill(fresh, outputs, private / previous if previous else None)
            if os.path.lexists(home):
                home.rename(private / temporary_name())
            fresh.rename(home)
    finally:
        sweep(private)


def holds(home: Path, outputs: Mapping[str, bytes]) -> bool:
    """Whether *home* has every one of *outputs*, byte for byte."""
    if home.is_symlink() or not home.is_dir():
        return False
    return all(content(home / name) == data for name, data in outputs.items())


def content(path: Path) -> bytes | None:
    """The bytes of the file *path*; ``None`` where it is a link or can't be read."""
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def prune(private: Path, keep: set[str]) -> None:
    """Remove every generation but those named in *keep*."""
    with refused(private):
        for each in list(private.iterdir()):
            if _NAME.fullmatch(each.name) and each.name not in keep:
                _remove(each)


def sweep(folder: Path) -> None:
    """Remove what a killed build left half done in *folder*. Only for who holds the lock."""
    for name in leftovers(folder):
        with refused(folder / name):
            _remove(folder / name)


def leftovers(folder: Path) -> list[str]:
    """The names in *folder* of what builds are half done with."""
    with refused(folder):
        return [name for name in os.listdir(folder) if TEMPORARY.fullmatch(name)]  # noqa: PTH208


def _fill(fresh: Path, outputs: Mapping[str, bytes], previous: Path | None) -> None:
    """Write *outputs* under *fresh*, then sync them."""
    fresh.mkdir()
    for folder in sorted({(fresh / name).parent for name in outputs}):
        folder.mkdir(parents=True, exist_ok=True)
    written = [
        path
        for name, data in outputs.items()
        if not _linked(path := fresh / name, data, previous and previous / name)
    ]
    _sync_all(written)


def _sync_all(paths: Sequence[Path]) -> None:
    """Sync every file, many at once: a disk serves them together, 20 times as fast."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_SYNCS) as pool:
        list(pool.map(_sync, paths))


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _linked(path: Path, data: bytes, previous: Path | None) -> bool:
    """Put *data* at *path*; say whether the file of the previous generation could be shared."""
    if previous is not None and content(previous) == data:
        try:
            path.hardlink_to(previous)
        except OSError:
            pass
        else:
            return True
    path.write_bytes(data)
    return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
