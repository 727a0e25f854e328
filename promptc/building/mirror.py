"""Keep the readable copy of a build, beside files that are not promptc's to touch.

A file is ours when its content is what promptc wrote there: the manifest says so, and so does a
private state file, which also remembers what an interrupted build may have left.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from promptc.atomic import refused, swap, write
from promptc.building.manifest import Manifest, sha256
from promptc.building.names import PRIVATE, fault
from promptc.errors import PromptcError

VERSION = 1
_STATE = "state.json"


@dataclass(frozen=True)
class State:
    """What promptc knows of the mirror.

    *known*: for each name the hashes of what promptc may have written there. *stats*: size and
    time of change of each file as promptc left it. *generation* is the one that the mirror shows,
    empty while a build is under way; *previous* is the one before the manifest's. *roots*: for
    each name the folder of templates that it comes from, relative to the build folder.
    """

    generation: str = ""
    previous: str = ""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stats: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)


def load(private: Path) -> State:
    """Read the state; an empty one where there is none, or nothing sound."""
    try:
        value = json.loads((private / _STATE).read_bytes())
        if value["version"] != VERSION:
            return State()
        known = {name: tuple(map(str, each)) for name, each in value["known"].items()}
        stats = {name: (int(size), int(time)) for name, (size, time) in value["stats"].items()}
        roots = {name: str(root) for name, root in value["roots"].items()}
        generation, previous = str(value["generation"]), str(value["previous"])
    except (OSError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return State()
    if any(map(fault, known)):
        return State()
    return State(generation, previous, known, stats, roots)


def save(private: Path, state: State) -> None:
    """Write *state* beside the generations."""
    value = {
        "version": VERSION,
        "generation": state.generation,
        "previous": state.previous,
        "known": state.known,
        "stats": state.stats,
        "roots": state.roots,
    }
    write(private / _STATE, json.dumps(value, separators=(",", ":")).encode())


def untouched(out: Path, state: State, names: Iterable[str]) -> bool:
    """Whether every one of *names* has the size and the time that promptc left it with."""
    return all(_stat(out, name) == state.stats.get(name, ()) for name in names)


@dataclass(frozen=True)
class Plan:
    """What must happen to the mirror: names to write, names of ours to remove.

    *gone* are all names that left the build; the folders that only they needed go too.
    """

    write: tuple[str, ...]
    remove: tuple[str, ...]
    gone: tuple[str, ...]


def plan(out: Path, state: State, manifest: Manifest) -> Plan:
    """Compare the mirror to *manifest*; raise `PromptcError` where a file in the way is not ours.

    *state* knows what promptc wrote there. A file that is gone from the build and was edited
    since is not ours any more, and stays.
    """
    names = {*state.known, *manifest.files}
    blocked = {each for each in _folders(names) if not _passable(out / each)}
    found = {name: _found(out, name, state, blocked) for name in names}
    gone = sorted(n for n in state.known if n not in manifest.files and found[n] != _OTHER)
    remove = [name for name in gone if _ours(found[name], state.known[name])]
    strangers: set[str] = set()
    for name, content in manifest.files.items():
        if found[name] == _OTHER:
            strangers.update(_strangers(out, name, set(remove)))
        elif found[name] not in ("", content) and not _ours(found[name], state.known.get(name, ())):
            strangers.add(name)
    if strangers:
        raise PromptcError(_refusal(out, sorted(strangers), state))
    writes = tuple(name for name, content in manifest.files.items() if found[name] != content)
    return Plan(writes, tuple(remove), tuple(gone))


def refresh(out: Path, todo: Plan, outputs: Mapping[str, bytes]) -> None:
    """Carry out *todo*: removals first, since a new folder may need the name of an old file."""
    for name in todo.remove:
        with refused(out / name):
            (out / name).unlink(missing_ok=True)
    for name in todo.gone:
        _remove_empty_folders(out, name)
    for name in todo.write:
        swap(out / name, outputs[name], out / PRIVATE)


def stats(out: Path, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Size and time of change of each of *names*, as they stand now."""
    found = {name: _stat(out, name) for name in names}
    return {name: each for name, each in found.items() if each}


_OTHER = "?"
"""What `_found` says of a place that holds no plain file, or that a link leads to."""

_BLANK = sha256(b"")
"""What `_found` says of a file without content, as a loss of power leaves it: nobody's work."""


def _found(out: Path, name: str, state: State, blocked: set[str]) -> str:
    """The hash of the file at *name*; empty where there is none."""
    if not blocked.isdisjoint(_parents(name)):
        return _OTHER
    path = out / name
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return _OTHER
        known = state.known.get(name, ())
        if len(known) == 1 and state.stats.get(name) == (status.st_size, status.st_mtime_ns):
            return known[0]
        data = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise PromptcError(
            f"{path}: can't be read ({error.strerror}); give yourself the right to read it"
        ) from error
    return sha256(data) if data.strip(b"\0") else _BLANK


def _ours(found: str, known: tuple[str, ...]) -> bool:
    """Whether a file with the hash *found* is what promptc left there."""
    return bool(known) and found in (*known, _BLANK)


def _parents(name: str) -> list[str]:
    """The folders above *name*, below the build folder."""
    return [str(each) for each in PurePosixPath(name).parents][:-1]


def _folders(names: Iterable[str]) -> set[str]:
    nearest = {name.rpartition("/")[0] for name in names} - {""}
    return nearest.union(*map(_parents, nearest))


def _passable(folder: Path) -> bool:
    """Whether files may be written under *folder*: it is a real folder, or not there yet."""
    try:
        return stat.S_ISDIR(folder.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True


def _strangers(out: Path, name: str, remove: set[str]) -> Iterator[str]:
    """What stands in the way of *name* and will not go when the names in *remove* do."""
    for parent in _parents(name):
        if parent not in remove and not _passable(out / parent):
            yield parent
    path = out / name
    if path.is_dir() and not path.is_symlink():
        inside = (each.relative_to(out).as_posix() for each in path.rglob("*") if not each.is_dir())
        if not remove.issuperset(inside):
            yield name
    elif os.path.lexists(path):
        yield name


def _refusal(out: Path, names: list[str], state: State) -> str:
    first = out / names[0]
    if first.is_symlink():
        why = "a symbolic link stands where an output must go, and promptc does not follow it; "
        todo = "remove it, or build into another folder with -o"
    elif names[0] in state.known:
        why = "edited since promptc wrote it; "
        todo = "put the change into its template, delete this file, and build again"
    else:
        why = "promptc did not write this, and an output must go there; "
        todo = "move it away, or build into another folder with -o"
    more = f" (and {len(names) - 1} more: {', '.join(names[1:6])})" if names[1:] else ""
    return f"{first}: {why}{todo}{more}"


def _remove_empty_folders(out: Path, name: str) -> None:
    for parent in _parents(name):
        try:
            (out / parent).rmdir()
        except OSError:
            return


def _stat(out: Path, name: str) -> tuple[int, int] | None:
    try:
        status = os.stat(f"{out}/{name}", follow_symlinks=False)  # noqa: PTH116 - thousands of them
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
