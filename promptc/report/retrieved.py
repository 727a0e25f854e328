"""What was indexed and what was found, for people and as values that JSON has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from promptc.paths import display
from promptc.retrieval import Hit, Index, blocks
from promptc.tokens import get_tokenizer


def indexed(index: Index, out: Path) -> str:
    """Tell in a line what *index*, in the folder *out*, holds."""
    documents, passages = len(index.table.names), len(index)
    kept = passages - index.embedded
    return (
        f"{display(out)}: {documents:,} {_plural('document', documents)}, "
        f"{passages:,} {_plural('passage', passages)}, {index.embedded:,} embedded, {kept:,} kept"
    )


def indexed_json(index: Index, out: Path) -> str:
    """The same as JSON."""
    told = {
        "index": str(out),
        "documents": list(index.table.names),
        "passages": len(index),
        "embedded": index.embedded,
        "embedder": {"name": index.embedder.name, "version": index.embedder.version},
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def hits_json(hits: Sequence[Hit], model: str) -> str:
    """Tell *hits*: spans are characters of the document, half-open; tokens are those of *model*.

    The *tokens* beside the passages are those of all blocks as a model is given them.
    """
    tokenizer = get_tokenizer(model)
    told = {
        "passages": [
            {
                "id": hit.number + 1,
                "source": hit.passage.source,
                "line": hit.passage.line,
                "headings": list(hit.passage.path),
                "kind": hit.passage.kind.value,
                "score": hit.score,
                "tokens": hit.tokens,
                "spans": [list(span) for span in hit.spans],
                "shortened": hit.shortened,
                "text": hit.text,
            }
            for hit in hits
        ],
        "tokens": tokenizer.count(blocks(hits)) if hits else 0,
        "exact": tokenizer.exact,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
