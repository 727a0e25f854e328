"""An index on disk: a folder of files that never change, and one manifest that names it.

A build writes a new folder and replaces the manifest last, so a reader sees the old index or the
new one. Every file is checked against the manifest before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from promptc import generation
from promptc.atomic import write
from promptc.errors import IndexFileError
from promptc.paths import display, neighbors

MANIFEST = "manifest.json"
FORMAT = 1
WAIT = 60.0
"""Seconds to wait for another build of the same index."""

_PRIVATE = ".gen"
_AGAIN = "build the index again with `promptc index`"
_TRIES = 5


class Stored(NamedTuple):
    """What the manifest says, and the folder that holds the files."""

    facts: Mapping[str, Any]
    home: Path


def save(folder: Path, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> None:
    """Make *folder* the index of those *files*, all or nothing.

    Raises `IndexFileError` where the folder holds anything else, `PromptcError` where it can't be
    written.
    """
    refuse_others(folder)
    sums = {name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in files.items()}
    manifest = {"promptc": "index", "format": FORMAT, **facts, "files": sums}
    name = _digest(sums)[:32]
    private = folder / _PRIVATE
    with _alone(folder):
        previous = _named(folder)
        generation.write(private, name, files, previous)
        write(folder / MANIFEST, _dumps({**manifest, "generation": name}))
        generation.prune(private, {name, previous})


def load(folder: Path) -> Stored:
    """Find the index in *folder* and check every byte of it.

    Raises `IndexFileError` for a folder that holds none, for one of another format or a newer
    version, and for files that are missing, cut short or changed.
    """
    for _ in range(_TRIES):
        facts = _manifest(folder)
        home = folder / _PRIVATE / facts["generation"]
        damage = _damage(home, facts["files"])
        if not damage:
            return Stored(facts, home)
        if _manifest(folder) == facts:
            raise IndexFileError(f"{display(home)}/{damage}; {_AGAIN}")
    raise IndexFileError(f"{display(folder)}: it is built again and again; try once it is done")


def refuse_others(folder: Path) -> None:
    """Raise `IndexFileError` where *folder* is a file, or holds something that is no index."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise IndexFileError(f"{display(folder)}: this is a file; name a folder for the index")
    if (folder / _PRIVATE).is_dir():
        return
    if (folder / MANIFEST).exists():
        _mark(folder)
    elif any(folder.iterdir()):
        raise IndexFileError(
            f"{display(folder)}: not empty, and no index; name another folder for the index"
        )


def _named(folder: Path) -> str:
    """The generation that the manifest names; empty where there is none that can be read."""
    try:
        return str(_manifest(folder)["generation"])
    except IndexFileError:
        return ""


def _mark(folder: Path) -> dict[str, Any]:
    """The manifest, if it is one of an index."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        if not folder.exists():
            raise IndexFileError(f"{display(folder)}: no such index; {neighbors(folder)}") from None
        raise IndexFileError(
            f"{display(folder)}: no index here; make one with `promptc index`"
        ) from None
    except NotADirectoryError:
        raise IndexFileError(
            f"{display(folder)}: this is a file; name the index's folder"
        ) from None
    except OSError as error:
        raise IndexFileError(f"{display(path)}: can't be read ({error.strerror})") from None
    except ValueError:
        raise IndexFileError(f"{display(path)}: damaged, it is no JSON; {_AGAIN}") from None
    if not isinstance(found, dict) or found.get("promptc") != "index":
        raise IndexFileError(f"{display(path)}: not the manifest of an index; {_AGAIN}")
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    found = _mark(folder)
    path = display(folder / MANIFEST)
    version = found.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise IndexFileError(
            f"{path}: format {version!r} is newer than {FORMAT}, which this promptc reads; "
            "update promptc, or build the index again"
        )
    if version < FORMAT:
        raise IndexFileError(f"{path}: format {version} is too old; {_AGAIN}")
    check = found.pop("checksum", "")
    if check != _digest(found):
        raise IndexFileError(f"{path}: damaged, its checksum does not match; {_AGAIN}")
    return found


def _damage(home: Path, files: Mapping[str, Any]) -> str:
    """The first file that is not as it was written, and how; empty where all are."""
    for name, (size, wanted) in files.items():
        path = home / name
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size != size:
                    return f"{name}: cut short or grown"
                if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                    return f"{name}: damaged, its checksum does not match"
        except OSError as error:
            return f"{name}: {error.strerror or 'can not be read'}"
    return ""


def _dumps(facts: Mapping[str, Any]) -> bytes:
    return (json.dumps({**facts, "checksum": _digest(facts)}, indent=1) + "\n").encode()


def _digest(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _alone(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock of the index; raise `IndexFileError` where another build keeps it too long."""
    private = folder / _PRIVATE
    busy = (
        f"{display(private / generation.LOCK)}: another build has held this index for "
        f"{WAIT:.0f} seconds; wait for it, or end it, and try again"
    )
    return generation.alone(private, WAIT, IndexFileError(busy))
