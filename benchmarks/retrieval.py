"""Retrieval beside its peers: python -m benchmarks.retrieval --collections DIR --questions DIR.

Documents and answers found, with all questions, with the half that nothing was tuned on, and with
the half that was: recall at 1, 5 and 10, nDCG at 10, and whether the answer, or a document that
helps, is in the first 600 tokens.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import RESULTS, machine, write
from benchmarks.retrieving import own, peers
from benchmarks.retrieving.judging import first_answer, kept, ndcg, recall
from benchmarks.retrieving.page import page
from benchmarks.retrieving.sets import COLLECTIONS, QUESTIONS, Asked, Corpus, collection, questions
from benchmarks.retrieving.units import Found, Method

TOKENS = 600
HALVES = ("tuned on", "held out")

METHODS: tuple[Method, ...] = (
    own.Promptc(),
    own.Promptc("promptc, blocks counted", wrapped=True),
    peers.Whole(),
    peers.Chunks("BM25", peers.hundred, "bm25"),
    peers.Chunks("MiniLM flat", peers.hundred, "minilm"),
    peers.Chunks("MiniLM + BM25", peers.hundred, "rrf"),
    peers.Chunks("LangChain, MiniLM", peers.langchain, "minilm"),
    peers.Chunks("LlamaIndex, MiniLM", peers.llamaindex, "minilm"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collections", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", default=[*QUESTIONS, *COLLECTIONS])
    parser.add_argument("--methods", nargs="*", default=[method.name for method in METHODS])
    parser.add_argument("--draw", type=int, default=60, help="contexts of each question set")
    parser.add_argument("--out", type=Path, default=RESULTS / "retrieval.json")
    parser.add_argument("--update", action="store_true", help="add to earlier results")
    args = parser.parse_args()
    found: dict[str, Any] = {"benchmark": "retrieval", "machine": machine(), "figures": {}}
    if args.update and args.out.is_file():
        import json

        found["figures"] = json.loads(args.out.read_text(encoding="utf-8"))["figures"]
    for name in args.sets:
        corpora = _read(args, name)
        for method in METHODS:
            if method.name in args.methods:
                figures = measure(method, corpora)
                found["figures"].setdefault(name, {})[method.name] = figures
                print(name, method.name, figures["held out"], flush=True)
                write(found, args.out)
                args.out.with_suffix(".md").write_text(page(found), encoding="utf-8")


def _read(args: argparse.Namespace, name: str) -> list[Corpus]:
    if name in COLLECTIONS:
        return collection(args.collections, name)
    corpora = questions(args.questions, name)
    return random.Random(1).sample(corpora, len(corpora))[: args.draw]


def measure(method: Method, corpora: Sequence[Corpus]) -> dict[str, dict[str, float]]:
    """The means over the questions of each half."""
    rows: tuple[list[dict[str, float]], ...] = ([], [])
    for corpus in corpora:
        searcher = method.prepare(corpus.documents)
        for asked in corpus.asked:
            rows[asked.half].append(judged(corpus, asked, searcher.search(asked.text, TOKENS)))
    halves = {half: _means(row) for half, row in zip(HALVES, rows, strict=True)}
    return {**halves, "all": _means([*rows[0], *rows[1]])}


def judged(corpus: Corpus, asked: Asked, found: Found) -> dict[str, float]:
    """What *found* is worth, by the documents that were graded or else by the answer."""
    figures: dict[str, float] = {}
    if asked.grades:
        names = [corpus.documents[number].name for number in found.documents]
        for most in (1, 5, 10):
            figures[f"recall@{most}"] = recall(asked.grades, names, most)
        figures["nDCG@10"] = ndcg(asked.grades, names)
        taken = {corpus.documents[part.document].name for part in found.filled}
        figures["helps"] = float(not taken.isdisjoint(asked.grades))
    elif asked.answers:
        rank = first_answer(asked.answers, corpus.documents, found.parts)
        for most in (1, 5, 10):
            figures[f"recall@{most}"] = float(rank <= most)
    if asked.answers:
        figures["answers"] = float(kept(asked.answers, corpus.documents, found.filled))
    return figures


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    means = {name: _mean([row[name] for row in rows if name in row]) for name in names}
    return {**means, "questions": len(rows)}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3)


if __name__ == "__main__":
    main()
