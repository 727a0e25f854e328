"""Put a finished build into its folder, so that a reader never sees half of it.

In order: the outputs in a folder of their own, the manifest that names that folder, then the
mirror, the lock and the ledger, which the next build repairs if this one is killed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from promptc import generation
from promptc.atomic import write
from promptc.building import manifest, mirror
from promptc.building.earlier import Earlier, load
from promptc.building.manifest import Manifest
from promptc.building.mirror import State
from promptc.building.names import LEDGER, LOCK, MANIFEST, PRIVATE, refuse_names
from promptc.errors import PromptcError

WAIT = 60.0
"""Seconds to wait for another build of the same folder."""


@dataclass(frozen=True)
class Content:
    """What an output folder shall hold, by name: new *outputs*, and the hash of each one *kept*.

    *roots* says for each of them where its template folder lies, seen from the output folder.
    *jinja* and *indexes* are as in `Manifest`. *parts* are the files of the indexes, by path in the
    generation; *anew* says whether one of them was not there as it should be.
    """

    outputs: Mapping[str, bytes]
    ledger: bytes
    lock: bytes
    kept: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    jinja: Mapping[str, Any] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)
    anew: bool = False

    @cached_property
    def manifest(self) -> Manifest:
        files = {**self.kept, **Manifest.of(self.outputs).files}
        return Manifest(files, self.jinja, self.indexes)

    @property
    def beside(self) -> Mapping[str, bytes]:
        """The files beside the outputs."""
        written = manifest.dumps(self.manifest)
        return {MANIFEST: written, LEDGER: self.ledger, LOCK: self.lock}


class Published(NamedTuple):
    """What publishing did: outputs *removed*, and how many files of the mirror were *written*."""

    removed: tuple[str, ...]
    written: int


def publish(earlier: Earlier, plan: Callable[[Earlier], Content]) -> Published:
    """Make the folder that *earlier* describes hold what *plan* says, and no more of promptc's.

    *plan* is told what the folder holds; it is asked again where another build came between.
    Raises `PromptcError`, before anything changes, where a name can't be used or where a file
    that promptc did not write stands in the way.
    """
    out, content = earlier.out, plan(earlier)
    if _done(out, earlier, content):
        return Published((), 0)
    refuse_names(content.manifest.files)
    _refuse_strangers(out)
    with _alone(out):
        now = load(out)
        return _publish(out, now, content if now == earlier else plan(now))


def _done(out: Path, earlier: Earlier, content: Content) -> bool:
    """Whether the folder already holds just this, by size and time; nothing is hashed again."""
    new, state = content.manifest, earlier.state
    there = {MANIFEST: earlier.manifest, LEDGER: earlier.ledger, LOCK: earlier.lock}
    if there != content.beside or state.generation != new.generation or content.anew:
        return False
    home = f"{out}/{PRIVATE}/{new.generation}"
    return (
        state.roots == content.roots
        and mirror.untouched(out, state, new.files)
        and not generation.leftovers(out / PRIVATE)
        and all(_size(f"{home}/{name}") == len(data) for name, data in content.outputs.items())
        and all(_size(f"{home}/{name}") >= 0 for name in content.kept)
    )


def _publish(out: Path, earlier: Earlier, content: Content) -> Published:
    private, new, beside = out / PRIVATE, content.manifest, content.beside
    refuse_names(new.files)
    outputs = {**content.outputs, **{name: earlier.data(name) for name in content.kept}}
    old = _published(earlier)
    state = _known(earlier.state, old)
    todo = mirror.plan(out, state, new)
    for folder in (out, private):
        generation.sweep(folder)
    under_way = _under_way(state, old, content)
    mirror.save(private, under_way)
    generation.write(private, new.generation, {**outputs, **content.parts}, old.generation)
    write(out / MANIFEST, beside[MANIFEST])
    mirror.refresh(out, todo, outputs)
    for name in (LEDGER, LOCK):
        if _read(out / name) != beside[name]:
            write(out / name, beside[name])
    mirror.save(private, _finished(out, under_way, content))
    generation.prune(private, {new.generation, under_way.previous})
    return Published(todo.remove, len(todo.write))


def _published(earlier: Earlier) -> Manifest:
    """The manifest that stands there; an empty one where it is missing or damaged."""
    try:
        return earlier.listed
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


def _under_way(state: State, old: Manifest, content: Content) -> State:
    """The state while the mirror may show files of the last build and of this one."""
    again = old.generation == content.manifest.generation
    previous = state.previous if again else old.generation
    roots = {**state.roots, **content.roots}
    state = _known(state, content.manifest)
    return replace(state, generation="", previous=previous, stats={}, roots=roots)


def _finished(out: Path, state: State, content: Content) -> State:
    new = content.manifest
    known = {name: (each,) for name, each in new.files.items()}
    stats = mirror.stats(out, new.files)
    return State(new.generation, state.previous, known, stats, content.roots)


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
    private = out / PRIVATE
    busy = (
        f"{private / generation.LOCK}: another build has held this folder for {WAIT:.0f} seconds; "
        "wait for it, or end it, and build again"
    )
    with generation.alone(private, WAIT, PromptcError(busy)):
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
