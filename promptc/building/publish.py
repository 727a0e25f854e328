"""Put a finished build into its folder, so that a reader never sees half of it.

In order: the outputs in a folder of their own, the manifest that names that folder, then the
mirror, the lock and the ledger, which the next build repairs if this one is killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from promptc.building import generation, manifest, mirror
from promptc.building.atomic import refused, write
from promptc.building.manifest import Manifest
from promptc.building.mirror import State
from promptc.building.names import LEDGER, LOCK, MANIFEST, PRIVATE, refuse_names
from promptc.errors import PromptcError

WAIT = 60.0
"""Seconds to wait for another build of the same folder."""


class Published(NamedTuple):
    """What publishing did: outputs *removed*, and how many files of the mirror were *written*."""

    removed: tuple[str, ...]
    written: int


def publish(out: Path, outputs: Mapping[str, bytes], *, ledger: bytes, lock: bytes) -> Published:
    """Make the folder *out* hold *outputs*, by name, and nothing else of promptc's.

    Raises `PromptcError`, before anything changes, where a name can't be used or where a file
    that promptc did not write stands in the way.
    """
    refuse_names(outputs)
    new = Manifest.of(outputs)
    beside = {MANIFEST: manifest.dumps(new), LEDGER: ledger, LOCK: lock}
    if _done(out, new, beside, outputs):
        return Published((), 0)
    _refuse_strangers(out)
    with _alone(out):
        return _publish(out, new, beside, outputs)


def _done(
    out: Path, new: Manifest, beside: Mapping[str, bytes], outputs: Mapping[str, bytes]
) -> bool:
    """Whether the folder already holds just this, by size and time; nothing is hashed again."""
    if any(_read(out / name) != data for name, data in beside.items()):
        return False
    state = mirror.load(out / PRIVATE)
    home = f"{out}/{PRIVATE}/{new.generation}"
    return (
        state.generation == new.generation
        and mirror.untouched(out, state, new.files)
        and not generation.leftovers(out / PRIVATE)
        and all(_size(f"{home}/{name}") == len(data) for name, data in outputs.items())
    )


def _publish(
    out: Path, new: Manifest, beside: Mapping[str, bytes], outputs: Mapping[str, bytes]
) -> Published:
    private = out / PRIVATE
    old = _published(out)
    state = _known(mirror.load(private), old)
    todo = mirror.plan(out, state, new)
    for folder in (out, private):
        generation.sweep(folder)
    under_way = _under_way(state, old, new)
    mirror.save(private, under_way)
    generation.write(private, new.generation, outputs, old.generation)
    write(out / MANIFEST, beside[MANIFEST])
    mirror.refresh(out, todo, outputs)
    for name in (LEDGER, LOCK):
        if _read(out / name) != beside[name]:
            write(out / name, beside[name])
    mirror.save(private, _finished(out, under_way, new))
    generation.prune(private, {new.generation, under_way.previous})
    return Published(todo.remove, len(todo.write))


def _published(out: Path) -> Manifest:
    """The manifest that stands in *out*; an empty one where it is missing or damaged."""
    try:
        return manifest.read(out)
    except PromptcError:
        return Manifest()


def _known(state: State, *manifests: Manifest) -> State:
    """Add what *manifests* list to what *state* knows may stand in the mirror.

    The manifest alone knows it in a fresh clone of a repository that keeps its build folder.
    """
    known = dict(state.known)
    for each in manifests:
        for name, content in each.files.items():
            known[name] = tuple(dict.fromkeys((*known.get(name, ()), content)))
    return replace(state, known=known)


def _under_way(state: State, old: Manifest, new: Manifest) -> State:
    """The state while the mirror may show files of the last build and of this one."""
    again = old.generation == new.generation
    previous = state.previous if again else old.generation
    return replace(_known(state, new), generation="", previous=previous, stats={})


def _finished(out: Path, state: State, new: Manifest) -> State:
    known = {name: (content,) for name, content in new.files.items()}
    return State(new.generation, state.previous, known, mirror.stats(out, new.files))


def _refuse_strangers(out: Path) -> None:
    """Raise `PromptcError` where a name that promptc keeps for itself is taken."""
    if out.exists() and not out.is_dir():
        raise PromptcError(f"{out}: not a folder; name another one with -o")
    if (out / PRIVATE).is_symlink():
        raise PromptcError(f"{out / PRIVATE}: a symbolic link; remove it and build again")
    for name, mark in ((MANIFEST, manifest.MARK), (LEDGER, b'"promptc": "ledger"'), (LOCK, b"")):
        path = out / name
        taken = path.is_dir() or path.is_symlink()
        if taken or mark not in (_read(path) or mark):
            raise PromptcError(
                f"{path}: not written by promptc, which needs this name; move it away, or build "
                "into another folder with -o"
            )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder's lock; raise `PromptcError` where another build keeps it too long."""
    from filelock import FileLock, Timeout

    private = out / PRIVATE
    with refused(private):
        private.mkdir(parents=True, exist_ok=True)
    path = private / ".lock"
    with refused(path):
        try:
            held = FileLock(path, timeout=WAIT).acquire()
        except Timeout:
            raise PromptcError(
                f"{path}: another build has held this folder for {WAIT:.0f} seconds; "
                "wait for it, or end it, and build again"
            ) from None
    with held:
        if _read(private / ".gitignore") != b"*\n":
            write(private / ".gitignore", b"*\n")
        yield


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _size(path: str) -> int:
    try:
        return os.stat(path, follow_symlinks=False).st_size  # noqa: PTH116 - thousands of them
    except OSError:
        return -1
