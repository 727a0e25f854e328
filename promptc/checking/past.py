"""What templates cost before: by a baseline file, or by a revision in git."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from promptc.building.cache import Cache, key
from promptc.building.jobs import Job, Settings
from promptc.checking.counting import counted, plan
from promptc.compiling import compile
from promptc.errors import ConfigError, TemplateError
from promptc.files import Found
from promptc.files.includes import closure, joined
from promptc.history.baseline import Baseline, Recorded, load, refuse_other, save, tightened
from promptc.history.baseline import key as named
from promptc.history.git import LINK, Entry, Repository, followed, repository, required
from promptc.inspection import Past, Record
from promptc.parse import parse
from promptc.paths import display
from promptc.source import Source

HEAD = "HEAD"


class Pasts(NamedTuple):
    """What is known of each template by its path, what that was read from, and what to say of it.

    A template that is not *known* has nothing to be compared with, or did not change.
    """

    known: Mapping[Path, Past]
    against: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BaselineGate:
    """The baseline file at *path*, for the tokens of *model* as *tokenizer* counts them."""

    path: Path
    model: str
    tokenizer: str
    top: Path

    def pasts(self, records: Iterable[Path]) -> Pasts:
        """What the file says of the templates; raise `ConfigError` where it can't be used."""
        if not self.path.exists():
            raise ConfigError(
                f"{display(self.path)}: no such baseline; write it with promptc check "
                "--update-baseline"
            )
        old = load(self.path)
        refuse_other(old, self.path, tokenizer=self.tokenizer)
        known: dict[Path, Past] = {}
        for path in records:
            recorded = old.templates.get(named(path, self.path))
            if recorded is not None:
                known[path] = Past(recorded.tokens, "in the baseline")
        return Pasts(known, display(self.path))

    def updated(self, records: Mapping[Path, Record]) -> Pasts:
        """Write what the templates cost now, never more than the file says already."""
        old = load(self.path) if self.path.exists() else None
        if old is not None:
            refuse_other(old, self.path, tokenizer=self.tokenizer)
        now = {
            named(path, self.path): Recorded(each.tokens, each.worst)
            for path, each in records.items()
        }
        gone = [name for name in (old.templates if old else ()) if not self._there(name)]
        update = tightened(old, Baseline(self.model, self.tokenizer, now), gone=gone)
        save(self.path, update.baseline)
        counts = (
            ("added", update.added),
            ("lowered", update.lowered),
            ("removed", update.removed),
            ("grown and left as they were", update.grown),
        )
        told = ", ".join(f"{len(names):,} {what}" for what, names in counts if names)
        note = f"{display(self.path)}: {told or 'nothing to update'}"
        return self.pasts(records)._replace(notes=(note,))

    def _there(self, name: str) -> bool:
        return (self.path.parent / name).exists()


@dataclass(frozen=True)
class Revision:
    """The files of one commit of a repository; *what* is how people call it."""

    repository: Repository
    commit: str
    what: str
    tree: Mapping[str, Entry]
    linked: Mapping[Entry, bytes] = field(default_factory=dict)

    def load(self, names: Iterable[str]) -> dict[str, bytes]:
        """The contents of the files *names*, those that are there."""
        entries = {name: followed(name, self.tree, self.linked) for name in names}
        wanted = {name: entry for name, entry in entries.items() if entry is not None}
        contents = self.repository.read(wanted.values())
        return {name: contents[entry] for name, entry in wanted.items() if entry in contents}


def revision(path: Path, since: str | None) -> Revision | None:
    """The revision to compare with; ``None`` without git, or before the first commit.

    Raises `HistoryError` where *since* was asked for and can't be had.
    """
    found = required(path) if since else repository(path)
    commit = found.commit(since or HEAD) if found else None
    if found is None or commit is None:
        return None
    tree = found.tree(commit)
    linked = found.read(entry for entry in tree.values() if entry.mode == LINK)
    return Revision(found, commit, f"in {since or HEAD}", tree, linked)


class Measure:
    """Counts what templates cost at one revision, with the samples of today."""

    def __init__(self, then: Revision, settings: Settings, cache: Cache) -> None:
        self.then, self.cache = then, cache
        # Tokens are counted after the passes that save nothing by themselves, as they are today.
        passes = tuple(each for each in settings.passes if each.earns == "shape")
        self.settings = replace(settings, passes=passes)
        self._files: dict[str, bytes | None] = {}

    def tokens(self, job: Job, name: str, root: str) -> float | None:
        """What the file *name* cost, by the sidecar of *job*; ``None`` where it can't be told.

        *root* is the folder that its includes are relative to, as git names it.
        """
        told = repr(replace(job.found.sidecar, path=None))
        entry = key("past", self.then.commit, name, root, self.settings.digest, told)
        known = self.cache.get(entry)
        if known is not None:
            return known.get("tokens")
        found = self._measured(job, name, root)
        self.cache.put(entry, {"tokens": found})
        return found

    def _measured(self, job: Job, name: str, root: str) -> float | None:
        data = self.file(name)
        try:
            source = Source.decode(data or b"", job.found.name) if data is not None else None
            return _tokens(job, source, self.settings, self._loader(job.found, root))
        except TemplateError:
            return None

    def _loader(self, found: Found, root: str) -> Callable[[str], Source | None]:
        def read(name: str) -> Source | None:
            try:
                below = joined(name, found.name)
                data = self.file(f"{root}/{below}" if root else below)
                return Source.decode(data, below) if data is not None else None
            except TemplateError:
                return None

        return read

    def file(self, name: str) -> bytes | None:
        """The bytes of the file *name*; ``None`` where there was none."""
        if name not in self._files:
            self._files[name] = self.then.load([name]).get(name)
        return self._files[name]

    def ahead(self, names: Iterable[str]) -> None:
        """Read many files with one process."""
        wanted = [name for name in names if name not in self._files]
        found = self.then.load(wanted)
        self._files |= {name: found.get(name) for name in wanted}


def _tokens(
    job: Job, source: Source | None, settings: Settings, load: Callable[[str], Source | None]
) -> float | None:
    if source is None:
        return None
    template = parse(source, job.found.syntax)
    around = closure(template, load)
    texts = {name: each.text for name in around.names if (each := load(name))}
    cost = compile(template, plan(job, settings, load, texts)).cost
    return counted(cost, around.names, load, template.syntax, settings.tokenizer).tokens


def changed(
    then: Revision, found: Mapping[Path, tuple[Found, Source, tuple[str, ...]]]
) -> Iterator[tuple[Path, str, str]]:
    """Those of *found* that differ from the revision, with the name and the root that they had.

    Each comes with its text and the names of the files that it brings in. A template whose name is
    new and that was not renamed has no past.
    """
    renamed: dict[str, str] | None = None
    for path, (each, source, includes) in found.items():
        name = then.repository.name(path)
        root = then.repository.name(each.root)
        if name not in then.tree:
            if renamed is None:
                moves = then.repository.renames(then.commit)
                renamed = {now: was for was, now in moves.items()}
            if name not in renamed:
                continue
            yield path, renamed[name], root
            continue
        others = [f"{root}/{other}" if root else other for other in includes]
        data = source.data
        parts = [(name, data), *((other, bytes_of(each.root, other, root)) for other in others)]
        if any(differs(then, where, now) for where, now in parts):
            yield path, name, root


def bytes_of(folder: Path, name: str, root: str) -> bytes | None:
    """The bytes, now, of what git calls *name*, below *folder* that git calls *root*."""
    try:
        return (folder / name.removeprefix(f"{root}/" if root else "")).read_bytes()
    except OSError:
        return None


def differs(then: Revision, name: str, data: bytes | None) -> bool:
    """Whether the file *name* was not *data* at the revision; ``None``: no file."""
    entry = followed(name, then.tree, then.linked)
    if entry is None or data is None:
        return (entry is None) != (data is None)
    return entry.oid != blob(data, entry.oid)


def blob(data: bytes, like: str) -> str:
    """What git calls *data*, by the hash that *like* was made with."""
    made = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return made(b"blob %d\0" % len(data) + data).hexdigest()
