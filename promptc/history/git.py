"""Files as they were at a revision, read through the `git` executable.

Nothing goes through a shell, and nothing is fetched. One process reads any number of files.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from promptc.errors import HistoryError, nearest
from promptc.paths import display, shown

LINK = "120000"
_FILE = ("100644", "100755")
_NAMES_ONLY = ("--name-status", "-z", "-M", "--no-ext-diff", "--no-textconv")
_LINKS = 5
"""Links to links that are followed."""


class Entry(NamedTuple):
    """A file in a revision: its mode, and the name of its content."""

    mode: str
    oid: str


@dataclass(frozen=True)
class Repository:
    """A git work tree at *root*; *shallow*: its history was cut when it was cloned."""

    root: Path
    shallow: bool

    def commit(self, revision: str) -> str | None:
        """The full name of the commit that *revision* means.

        ``BASE...`` means the commit where ``HEAD`` parted from *BASE*. ``None`` for ``HEAD`` where
        nothing was committed yet. Raises `HistoryError` for a revision that isn't there.
        """
        base, dots, rest = revision.partition("...")
        if dots and not rest:
            return self._parting(base)
        name = _said(self._try("rev-parse", "--verify", "--quiet", *_as_commit(revision)))
        if name:
            return name
        if revision == "HEAD" and not _said(self._try("rev-list", "--max-count=1", "--all")):
            return None
        raise HistoryError(f"{shown(revision)}: {self._absent(revision)}")

    def knows(self, revision: str) -> bool:
        """Whether *revision* means a commit."""
        return bool(_said(self._try("rev-parse", "--verify", "--quiet", *_as_commit(revision))))

    def tree(self, commit: str, under: Path | None = None) -> dict[str, Entry]:
        """Every file of *commit*, by its path below `root`; below the folder *under* only."""
        only = [] if under is None else ["--", f":(literal){self.name(under)}"]
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, *only)
        found: dict[str, Entry] = {}
        for row in _split(listed):
            told, _, name = row.partition("\t")
            mode, kind, oid = told.split(" ")
            if kind == "blob":
                found[name] = Entry(mode, oid)
        return found

    def read(self, entries: Iterable[Entry]) -> dict[Entry, bytes]:
        """The contents of files; a file that a partial clone lacks is left out."""
        wanted = list(dict.fromkeys(entries))
        if not wanted:
            return {}
        asked = "".join(f"{entry.oid}\n" for entry in wanted).encode()
        answered = self._run("cat-file", "--batch", sent=asked)
        return dict(_contents(answered, wanted))

    def renames(self, commit: str) -> dict[str, str]:
        """What tracked files are called now, by what they were called in *commit*."""
        told = self._run("diff", *_NAMES_ONLY, "--diff-filter=R", commit, "--")
        fields = list(_split(told))
        return dict(zip(fields[1::3], fields[2::3], strict=True))

    def name(self, path: Path) -> str:
        """*path* as git names it: below `root`, with slashes; ``""`` is `root` itself.

        Raises `HistoryError` for a path outside of the repository.
        """
        parent = path if path.is_dir() else path.parent
        full = (parent.resolve() / ("" if parent is path else path.name)).absolute()
        try:
            name = full.relative_to(self.root).as_posix()
        except ValueError:
            raise HistoryError(
                f"{display(path)}: lies outside of the git repository {display(self.root)}"
            ) from None
        return "" if name == "." else name

    def _parting(self, base: str) -> str:
        start = self.commit(base)
        head = self.commit("HEAD")
        found = _said(self._try("merge-base", start, head)) if start and head else ""
        if found:
            return found
        deepen = _DEEPEN if self.shallow else "name a revision that HEAD comes from"
        raise HistoryError(f"{shown(base)}...: HEAD and {shown(base)} share no commit; {deepen}")

    def _absent(self, revision: str) -> str:
        if self.shallow:
            return f"not in this clone, which is shallow; {_DEEPEN}"
        names = self._run("for-each-ref", "--format=%(refname:short)").decode(errors="replace")
        known = ["HEAD", *names.split()]
        return f"git knows no such revision; {nearest(revision, known)}"

    def _run(self, *arguments: str, sent: bytes = b"") -> bytes:
        done = self._try(*arguments, sent=sent)
        if done.returncode:
            raise HistoryError(f"git {arguments[0]} failed: {_why(done)}")
        return done.stdout

    def _try(self, *arguments: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return _git(self.root, arguments, sent)


_DEEPEN = (
    "fetch the rest with 'git fetch --unshallow' "
    "(in GitHub Actions: fetch-depth: 0 for actions/checkout)"
)


def repository(path: Path) -> Repository | None:
    """The repository that *path* lies in; ``None`` where there is none, or no git.

    Raises `HistoryError` where git is there and refuses.
    """
    folder = path if path.is_dir() else path.parent
    if not shutil.which("git"):
        return None
    done = _git(folder, ("rev-parse", "--show-toplevel", "--is-shallow-repository"))
    if done.returncode:
        why = _why(done)
        if "not a git repository" in why or "must be run in a work tree" in why:
            return None
        raise HistoryError(f"git can't read the repository of {display(folder)}: {why}")
    root, shallow = done.stdout.decode(errors="surrogateescape").rsplit("\n", 2)[:2]
    return Repository(Path(root).resolve(), shallow == "true")


def required(path: Path) -> Repository:
    """The repository that *path* lies in; raise `HistoryError` where there is none."""
    found = repository(path)
    if found is None:
        missing = "git is not installed" if not shutil.which("git") else "no git repository"
        raise HistoryError(
            f"{display(path)}: {missing}, so there is no earlier version to compare with; "
            "run it in a clone, or compare with a file (promptc check --baseline FILE)"
        )
    return found


def followed(name: str, tree: Mapping[str, Entry], linked: Mapping[Entry, bytes]) -> Entry | None:
    """The file that *name* leads to in *tree*; *linked* are the contents of its links."""
    for _ in range(_LINKS):
        entry = tree.get(name)
        if entry is None or entry.mode in _FILE:
            return entry
        if entry.mode != LINK or entry not in linked:
            return None
        target = os.fsdecode(linked[entry])
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return None


def _as_commit(revision: str) -> tuple[str, str]:
    """*revision* as an argument that no option can be hidden in."""
    return "--end-of-options", f"{revision}^{{commit}}"


def _git(
    folder: Path, arguments: Sequence[str], sent: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    quiet = {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
    command = ["git", "--no-pager", "-c", "core.quotePath=false", *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, env={**os.environ, **quiet}, input=sent, capture_output=True
        )
    except (OSError, ValueError) as error:
        raise HistoryError(f"git can't be run in {display(folder)}: {error}") from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return "" if done.returncode else done.stdout.decode(errors="replace").strip()


def _why(done: subprocess.CompletedProcess[bytes]) -> str:
    told = done.stderr.decode(errors="replace").strip().splitlines()
    return shown(told[0].removeprefix("fatal: ")) if told else f"exit code {done.returncode}"


def _split(told: bytes) -> Iterator[str]:
    yield from (os.fsdecode(each) for each in told.split(b"\0") if each)


def _contents(answered: bytes, wanted: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Read what ``git cat-file --batch`` writes: a line with the size, the content, a line end."""
    at = 0
    for entry in wanted:
        line = answered.index(b"\n", at)
        head = answered[at:line].split(b" ")
        at = line + 1
        if head[-1] == b"missing":
            continue
        size = int(head[-1])
        yield entry, answered[at : at + size]
        at += size + 1
