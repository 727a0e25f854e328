"""What earlier builds left in an output folder, and which templates it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from promptc import generation
from promptc.building import ledger, lock, manifest, mirror
from promptc.building.ledger import Rows
from promptc.building.lock import Entry, Lock
from promptc.building.manifest import Manifest, sha256
from promptc.building.mirror import State
from promptc.building.names import LEDGER, LOCK, MANIFEST, PRIVATE
from promptc.errors import PromptcError
from promptc.outlining.shelf import Shelf
from promptc.paths import display, reason


@dataclass(frozen=True)
class Earlier:
    """An output folder as it stands: its files, ``None`` where there is none, and the state.

    What the files say is read when it is asked for; a damaged one raises `PromptcError` then.
    """

    out: Path
    manifest: bytes | None = None
    lock: bytes | None = None
    ledger: bytes | None = None
    state: State = field(default_factory=State)

    @cached_property
    def listed(self) -> Manifest:
        """What the manifest says."""
        if self.manifest is None and not self.state.generation:
            return Manifest()
        if self.manifest is None:
            raise PromptcError(f"{display(self.out / MANIFEST)}: not there any more; build again")
        return manifest.loads(self.manifest, display(self.out / MANIFEST))

    @property
    def outputs(self) -> Mapping[str, str]:
        """The sha256 of every published output, by name."""
        return self.listed.files

    @property
    def shelf(self) -> Shelf:
        """The indexes that were published; an empty shelf where nothing says which."""
        try:
            return Shelf(manifest.folder(self.out, self.listed), self.listed.indexes)
        except PromptcError:
            return Shelf()

    @cached_property
    def locked(self) -> Lock | None:
        """What the lock says; ``None`` where there is none."""
        if self.lock is None:
            return None
        return lock.decode(self.lock, display(self.out / LOCK))

    @cached_property
    def drops(self) -> Mapping[str, Rows]:
        """What the ledger says, by template."""
        if self.ledger is None:
            return {}
        return ledger.rows(self.ledger, display(self.out / LEDGER))

    @cached_property
    def sound_outputs(self) -> Mapping[str, str]:
        """The `outputs`; none where they can't be read."""
        try:
            return self.outputs
        except PromptcError:
            return {}

    @cached_property
    def sound_lock(self) -> Mapping[str, Entry]:
        """The entries of the lock; none where it can't be read."""
        try:
            return self.locked.files if self.locked else {}
        except PromptcError:
            return {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The name of every template that something here speaks of."""
        return frozenset((*self.state.roots, *self.sound_outputs, *self.sound_lock))

    def root(self, name: str) -> str:
        """Where the template folder of *name* lies, seen from here; empty where nothing says so."""
        entry = self.sound_lock.get(name)
        return self.state.roots.get(name) or (entry.root if entry else "")

    def source(self, name: str) -> Path | None:
        """The file that *name* was built from; ``None`` where nothing says so."""
        root = self.root(name)
        return self._resolved(root) / name if root else None

    @property
    def roots(self) -> set[Path]:
        """Every folder that templates were built from."""
        return {self._resolved(root) for root in set(map(self.root, self.names)) if root}

    def data(self, name: str) -> bytes:
        """The output *name* as it was published; raise `PromptcError` where no copy is left.

        A fresh clone has no generation, but a file beside the manifest that has the hash which
        the manifest states is that output.
        """
        home = manifest.folder(self.out, self.listed)
        for folder in (home, self.out):
            found = generation.content(folder / name)
            if found is not None and sha256(found) == self.outputs[name]:
                return found
        raise PromptcError(
            f"{display(self.out / name)}: edited or deleted since promptc wrote it, and the copy "
            f"in {PRIVATE} is gone; build the whole folder of its template, or put the file back"
        )

    def _resolved(self, root: str) -> Path:
        if root not in self._folders:
            self._folders[root] = (self.real / root).resolve()
        return self._folders[root]

    @cached_property
    def real(self) -> Path:
        """The folder itself, where `out` leads to it through links."""
        return self.out.resolve()

    @cached_property
    def _folders(self) -> dict[str, Path]:
        return {}


def load(out: Path) -> Earlier:
    """Look at the output folder *out*."""
    return Earlier(
        out,
        manifest=_read(out / MANIFEST),
        lock=_read(out / LOCK),
        ledger=_read(out / LEDGER),
        state=mirror.load(out / PRIVATE),
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise PromptcError(f"{display(path)}: {reason(error, path)}") from error
