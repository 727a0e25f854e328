"""Indexes of documents, each by a hash of what it was made of: taken from a build, or made anew."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from promptc.errors import IndexFileError, PromptcError
from promptc.models import EMBEDDED, embedder, embedder_version
from promptc.passages import Document
from promptc.protocols import Tokenizer
from promptc.version import __version__

if TYPE_CHECKING:
    from promptc.retrieval import Index

FOLDER = ".indexes"
"""Where a generation keeps its indexes, each in a folder named by its hash."""

_KEPT = 8


@dataclass(frozen=True)
class Recipe:
    """All that decides what the index of a document holds. *embedder* is a model's name."""

    name: str
    text: str
    tokenizer: Tokenizer
    embedder: str = EMBEDDED

    @property
    def hash(self) -> str:
        """The same on every machine."""
        return _hash(self.name, self.text, self.tokenizer.name, self.embedder)


@dataclass(frozen=True)
class Shelf:
    """The indexes of the last build: *home* is its generation, *names* the hash of each document.

    Without a *home* every index is made when it is asked for. What was asked for last is
    remembered.
    """

    home: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def index(self, recipe: Recipe) -> Index:
        """The index of a document; of one that changed, only the passages that changed are new."""
        found = _remembered(recipe.hash)
        if not found:
            found.append(self._stored(recipe.hash) or self._made(recipe))
        return found[0]

    def _stored(self, digest: str) -> Index | None:
        """The index with this hash; ``None`` where there is none, or none that can be read."""
        if self.home is None or not digest:
            return None
        from promptc.retrieval import Index

        try:
            return Index.open(self.home / FOLDER / digest)
        except IndexFileError:
            return None

    def _made(self, recipe: Recipe) -> Index:
        from promptc.retrieval import Index

        return Index.build(
            [Document(recipe.name, recipe.text)],
            recipe.tokenizer,
            embedder=embedder(recipe.embedder),
            earlier=self._stored(self.names.get(recipe.name, "")),
        )


def files(index: Index) -> dict[str, bytes]:
    """What a folder holds that *index* can be opened from, by path."""
    with tempfile.TemporaryDirectory() as made:
        index.save(Path(made))
        return read(Path(made))


def read(folder: Path) -> dict[str, bytes]:
    """The files of the index in *folder*, by path; none where one is not as it was written.

    None either where its embedder is another now.
    """
    from promptc.retrieval import store

    try:
        facts, home = store.load(folder)
        made = facts["embedder"]
        if embedder_version(made["model"]) != made["version"]:
            return {}
    except PromptcError:
        return {}
    paths = [folder / store.MANIFEST, *(home / name for name in facts["files"])]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@lru_cache(maxsize=_KEPT)
def _remembered(digest: str) -> list[Index]:
    """Room for the index with this hash."""
    return []


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in (__version__, *parts):
        data = part.encode(errors="surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()
