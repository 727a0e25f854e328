"""Corpora with questions: collections whose documents are judged, and documents with answers.

A collection is ``NAME.docs.jsonl`` (`id`, `title`, `text`) and ``NAME.queries.jsonl`` (`id`,
`query`, `gold`, perhaps `grades` and `answers`). A question set is as `benchmarks.compressing.sets`
reads it; each context is a corpus of its own.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.compressing.sets import split
from promptc.passages import Document

COLLECTIONS = (
    "faq_covid",
    "faq_zoomcamp",
    "headings_owasp",
    "headings_rustbook",
    "anthropic_docs",
    "code_libafl",
    "cranfield",
    "cisi",
    "nq_passages",
    "xquad_passages",
)
QUESTIONS = (
    "leval_legal_contract_qa",
    "leval_natural_question",
    "leval_scientific_qa",
    "covidqa",
    "nq_multidoc10",
    "hotpot_distractor_100",
    "kv_retrieval_75",
)


class Asked(NamedTuple):
    """A question, the answers of which any will do, and the grade of each document that helps.

    *half* is 0 for tuning and 1 for reporting, drawn by the hash of its id.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    grades: Mapping[str, float]
    half: int


class Corpus(NamedTuple):
    """Documents, and what is asked of them."""

    documents: tuple[Document, ...]
    asked: tuple[Asked, ...]


def collection(folder: Path, name: str) -> list[Corpus]:
    """Read one collection."""
    documents = tuple(
        Document(row["id"], f"# {row['title']}\n\n{row['text']}" if row["title"] else row["text"])
        for row in _rows(folder / f"{name}.docs.jsonl")
    )
    known = {document.name for document in documents}
    asked = tuple(
        _asked(row["id"], row["query"], row.get("answers", ()), _grades(row, known))
        for row in _rows(folder / f"{name}.queries.jsonl")
    )
    return [Corpus(documents, tuple(each for each in asked if each.grades))]


def questions(folder: Path, name: str) -> list[Corpus]:
    """Read one question set, the questions whose answer stands in their context."""
    rows = [row for row in _rows(folder / f"{name}.jsonl") if row["answer_in_context"]]
    contexts: dict[str, str] = {}
    if any(row.get("context_id") for row in rows):
        beside = _rows(folder / f"{name}.contexts.jsonl")
        contexts = {row["context_id"]: row["text"] for row in beside}
    by_context: dict[str, list[Asked]] = {}
    for row in rows:
        context = row.get("context") or contexts[row["context_id"]]
        answers = [answer for answer in row["answers"] if answer.strip()]
        by_context.setdefault(context, []).append(_asked(row["id"], row["question"], answers, {}))
    return [Corpus(_documents(text, name), tuple(asked)) for text, asked in by_context.items()]


def _documents(context: str, name: str) -> tuple[Document, ...]:
    found = split(context, name)
    return tuple(
        Document(f"{number}.md", f"# {each.title}\n\n{each.text}" if each.title else each.text)
        for number, each in enumerate(found)
    )


def _asked(id: str, text: str, answers: Any, grades: Mapping[str, float]) -> Asked:
    half = hashlib.sha256(id.encode()).digest()[0] & 1
    return Asked(id, text, tuple(answers), grades, half)


def _grades(row: dict[str, Any], known: set[str]) -> dict[str, float]:
    grades = row.get("grades") or dict.fromkeys(row["gold"], 1)
    return {id: float(grade) for id, grade in grades.items() if id in known and grade > 0}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        sys.exit(f"{path} is missing: --collections and --questions name the folders")
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
