"""Index documents and answer questions from them, as the command line does."""

from __future__ import annotations

from pathlib import Path

from promptc.compressors.embedded import Shipped
from promptc.models import embedder as named_embedder
from promptc.passages.chunking import Sizes
from promptc.passages.reading import folder as documents_below
from promptc.passages.reading import read
from promptc.protocols import Progress
from promptc.retrieval import Hit, Index, Refreshed, refresh
from promptc.tokens import get_tokenizer


def index(  # noqa: PLR0913 - one for each option
    source: Path, out: Path, *, embedder: str, model: str, most: int, progress: Progress = None
) -> Refreshed:
    """Index the documents below *source*, or the one that it is, in the folder *out*."""
    single = not source.is_dir()
    documents = (read(source, source.name),) if single else documents_below(source)
    sizes = Sizes(most=most, overlap=min(Sizes.overlap, most // 2))
    return refresh(
        out, documents, get_tokenizer(model),
        embedder=named_embedder(embedder), sizes=sizes, progress=progress,
    )  # fmt: skip


def retrieve(
    folder: Path, query: str, *, k: int | None, tokens: int | None, model: str
) -> tuple[Hit, ...]:
    """Search the index in *folder*; see `promptc.retrieval.Index.search`."""
    return Index.open(folder).search(query, k, tokens, get_tokenizer(model), compressor=Shipped())
