"""Remember what was compiled before, so that a template that did not change costs nothing.

One JSON file per entry. A thousand reads took 27 ms that way and 30 ms from one SQLite file, and
files need neither a lock nor a way back from a damaged database: an entry appears by a rename,
and one that is not what it should be is a miss.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from promptc.atomic import TEMPORARY, swap
from promptc.errors import PromptcError

VERSION = 1
MAX_BYTES = 256_000_000
MAX_AGE = 30 * 86_400.0
_DAY = 86_400.0
_ENTRY = re.compile(r"[0-9a-f]{64}\.json")
_TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This file says that the folder is a cache, made by promptc. It may be deleted.\n"
)


def key(*parts: str | bytes) -> str:
    """Hash *parts* into the name of an entry; where one part ends and the next starts counts.

    >>> key("ab", "c") == key("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


class Cache:
    """Entries in *folder*, or nothing at all where it is ``None``.

    Entries that nobody asked for in *max_age* seconds go, then the oldest until all of them take
    at most *max_bytes*. Safe for several processes at once.
    """

    def __init__(
        self, folder: Path | None, *, max_bytes: int = MAX_BYTES, max_age: float = MAX_AGE
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._ready = False
        self._closed = False
        self._unpruned = 0

    def get(self, key: str) -> dict[str, Any] | None:
        """What was put under *key*; ``None`` where there is nothing, or nothing sound."""
        if self._folder is None:
            return None
        path = self._folder / f"{key}.json"
        try:
            with path.open("rb") as file:
                data = file.read()
                used = os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        value = _opened(data, key)
        if value is None:
            self.discard(key)
        elif time.time() - used > _DAY:
            _touch(path)
        return value

    def put(self, key: str, value: dict[str, Any]) -> str:
        """Keep *value* under *key*; return a note, once, where the folder can't be written."""
        folder = self._folder
        if folder is None or self._closed:
            return ""
        data = _sealed(key, value)
        try:
            self._prepare(folder)
            swap(folder / f"{key}.json", data, folder, 0o600)
        except PromptcError as error:
            self._closed = True
            return f"building without a cache: {error}"
        self._unpruned += len(data)
        if self._unpruned > self._max_bytes // 4:
            self._prune(folder)
        return ""

    def discard(self, key: str) -> None:
        """Forget *key*, where the folder lets us."""
        if self._folder is not None:
            _remove(self._folder / f"{key}.json")

    def _prepare(self, folder: Path) -> None:
        """Make the folder, once, and prune it, once a day."""
        if self._ready:
            return
        _make(folder)
        self._ready = True
        stamp = folder / ".pruned"
        if _age(stamp) > _DAY:
            swap(stamp, b"", folder, 0o600)
            self._prune(folder)

    def _prune(self, folder: Path) -> None:
        """Remove what is too old, then the oldest of what is too much."""
        self._unpruned = 0
        now, total = time.time(), 0
        for used, size, path in sorted(_entries(folder), reverse=True):
            total += size
            if now - used > self._max_age or total > self._max_bytes:
                _remove(path)


def _make(folder: Path) -> None:
    """Create a cache folder that git ignores; refuse one that holds anything else."""
    if folder.is_symlink():
        raise PromptcError(f"{folder}: a symbolic link; remove it")
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        names = {each.name for each in folder.iterdir()}
    except OSError as error:
        raise PromptcError(
            f"{folder}: can't be used ({error.strerror}); remove it, or make it a folder of yours"
        ) from error
    if "CACHEDIR.TAG" not in names:
        other = sorted(each for each in names - {".gitignore", ".pruned"} if not _ours(each))
        if other:
            raise PromptcError(f"{folder}: holds other files ({other[0]!r}); move them away")
        swap(folder / "CACHEDIR.TAG", _TAG, folder)
    if ".gitignore" not in names:
        swap(folder / ".gitignore", b"*\n", folder)


def _ours(name: str) -> bool:
    return bool(_ENTRY.fullmatch(name) or TEMPORARY.fullmatch(name))


def _entries(folder: Path) -> list[tuple[float, int, Path]]:
    """When each entry was used last, and its size; what a killed build left counts as ancient."""
    found: list[tuple[float, int, Path]] = []
    with os.scandir(folder) as listing:
        for each in listing:
            if not _ours(each.name):
                continue
            try:
                stat = each.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            temporary = each.name.endswith(".tmp")
            if temporary and time.time() - stat.st_mtime < _DAY:
                continue
            used = 0.0 if temporary else stat.st_mtime
            found.append((used, stat.st_size, Path(each.path)))
    return found


def _sealed(key: str, value: dict[str, Any]) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    return b'%s%s","value":%s}\n' % (_head(key), hashlib.sha256(body).hexdigest().encode(), body)


def _opened(data: bytes, key: str) -> dict[str, Any] | None:
    """The value in an entry; ``None`` where the entry is damaged, foreign or of another version."""
    head = _head(key)
    digest, middle, body = data[len(head) :].partition(b'","value":')
    body = body.removesuffix(b"}\n")
    if not data.startswith(head) or not middle:
        return None
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _head(key: str) -> bytes:
    return f'{{"promptc_cache":{VERSION},"key":"{key}","sha256":"'.encode()


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        return


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
