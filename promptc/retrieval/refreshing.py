"""Bring the index in a folder up to date with its documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from promptc.errors import IndexFileError
from promptc.models import embedder as named_embedder
from promptc.passages import Document
from promptc.passages.chunking import Sizes
from promptc.protocols import Embedder, Progress, Tokenizer
from promptc.retrieval import store
from promptc.retrieval.index import Index


class Refreshed(NamedTuple):
    """The index as it is now, and why nothing of the one before could be kept; empty if it was."""

    found: Index
    note: str


def refresh(  # noqa: PLR0913 - each is a choice of the caller
    folder: Path,
    documents: Sequence[Document],
    tokenizer: Tokenizer,
    *,
    embedder: Embedder | None = None,
    sizes: Sizes | None = None,
    progress: Progress = None,
) -> Refreshed:
    """Index *documents* in *folder*; only passages that are new are embedded.

    An index that is damaged, or that another embedder or version made, is replaced. Raises
    `IndexFileError`, and changes nothing, where the folder holds anything but an index.
    """
    store.refuse_others(folder)
    model = embedder or named_embedder()
    earlier, note = _earlier(folder, model)
    index = Index.build(
        documents, tokenizer, embedder=model, sizes=sizes, earlier=earlier, progress=progress
    )
    index.save(folder)
    return Refreshed(index, note)


def _earlier(folder: Path, model: Embedder) -> tuple[Index | None, str]:
    if not (folder / store.MANIFEST).exists():
        return None, ""
    try:
        return Index.open(folder, model), ""
    except IndexFileError as error:
        return None, str(error)
