"""Whether the limits that a build picks for some questions do for the questions that come.

``python -m benchmarks.outlining --data FOLDER``: the documents of the question sets that have their
own questions, with one limit for all of a set, each with its own, and all of a set as one document.
The build picks k and tokens for a recall of 0.95 on half of the questions, drawn by their ids; the
other half is asked. Only questions whose answer stands in the document count. ``--known`` has the
build know so few of its half, too.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.compressing.sets import Question, read
from benchmarks.measure import rows, save
from promptc.compressors.embedded import Shipped
from promptc.outlining.bringing import Brought, Limits, bring, reached
from promptc.outlining.proving import Proofs
from promptc.outlining.questions import Asked, answered, plain
from promptc.outlining.shelf import Recipe, Shelf
from promptc.outlining.trials import Trials, choose
from promptc.protocols import Wanted
from promptc.results import Trial
from promptc.retrieval import Index
from promptc.tokens import get_tokenizer

SETS = (
    "covidqa",
    "xquad_en",
    "xquad_de",
    "leval_natural_question",
    "leval_legal_contract_qa",
    "leval_scientific_qa",
    "leval_multidoc_qa",
)
RECALL, BAR = 0.95, 0.92
LEAST = 4
"""Questions of one document below which there is nothing to halve."""

Row = dict[str, Any]


class Document(NamedTuple):
    """A text with the questions that it answers."""

    name: str
    text: str
    asked: tuple[tuple[str, Asked], ...]


def main() -> None:
    """Measure, print and save."""
    given = _arguments()
    found: list[Row] = []
    for name in given.sets:
        parts = [each for each in documents(given.data, name) if len(each.asked) >= LEAST]
        parts = parts[: given.limit]
        if not parts:
            print(f"{name}: no document answers {LEAST} questions", file=sys.stderr)
            continue
        whole = joined(name, parts, given.most)
        found.append(pooled(name, parts))
        found += [measured(name, "each document", parts, known) for known in (0, *given.known)]
        found.append(measured(name, "the set as one", [whole], 0))
        for row in found[-3 - len(given.known) :]:
            print(row, file=sys.stderr, flush=True)
    rule = {"recall": RECALL, "bar": BAR, "limit": given.limit, "most": given.most}
    save("outlining", {**rule, "rows": found}, given.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of question sets")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--limit", type=int, default=20, help="documents per set")
    parser.add_argument("--most", type=int, default=120, help="questions of a set as one")
    parser.add_argument("--known", type=int, nargs="*", default=(4,), help="questions known")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def documents(data: Path, name: str) -> list[Document]:
    """The documents of a set, paragraphs of one title joined, with what they answer verbatim."""
    raw = {row["id"]: row for row in rows(data / f"{name}.jsonl")}
    groups: dict[str, list[Question]] = defaultdict(list)
    for each in read(data, name):
        row = raw[each.id]
        groups[row.get("context_id") or each.documents[0].title or row["group"]].append(each)
    return [_document(key, questions) for key, questions in groups.items()]


def _document(name: str, questions: Sequence[Question]) -> Document:
    texts = dict.fromkeys(doc.text for each in questions for doc in each.documents)
    text = "\n\n".join(texts)
    shown = plain(text)
    asked = ((each.id, Asked(each.text, each.answers)) for each in questions)
    return Document(name, text, tuple(x for x in asked if answered(x[1].answers, shown)))


def joined(name: str, parts: Sequence[Document], most: int) -> Document:
    """All of *parts* under headings of their own."""
    text = "\n\n".join(f"# {each.name}\n\n{each.text}" for each in parts)
    asked = sorted((x for each in parts for x in each.asked), key=lambda each: _draw(each[0]))
    return Document(name, text, tuple(asked[:most]))


@dataclass
class Pooled(Trials):
    """The trials of many documents as those of one: the same limits for all."""

    parts: Sequence[Trials] = ()

    def needs(self, recall: float, k: int) -> float:
        found = sorted(part.reach(each, k) for part in self.parts for each in part.asked)
        return found[max(math.ceil(recall * len(found) - 1e-9), 1) - 1]

    def _at(self, k: int, tokens: int) -> tuple[Trial, int]:
        each = [(part.at(k, tokens), len(part.asked)) for part in self.parts]
        most = max(part.passages(k, tokens) for part in self.parts)
        total = sum(number for _, number in each)
        recall = sum(trial.recall * number for trial, number in each) / total
        return Trial(k, tokens, recall, sum(t.mean * n for t, n in each) / total), most


def pooled(name: str, group: Sequence[Document]) -> Row:
    """One row: the same limits for all documents of a set, found on half of all its questions."""
    order = sorted((x for each in group for x in each.asked), key=lambda each: _draw(each[0]))
    side = {asked[0]: number % 2 for number, asked in enumerate(order)}
    indexed = [(each, Shelf().index(Recipe(each.name, each.text, TOKENIZER))) for each in group]
    before = statistics.fmean(TOKENIZER.count(each.text) for each in group)
    known, other = (
        [_trials(index, [x for number, x in each.asked if side[number] == half])
         for each, index in indexed]
        for half in (0, 1)
    )  # fmt: skip
    known, other = ([each for each in half if each.asked] for half in (known, other))
    asked = [x for each in known for x in each.asked]
    first = Pooled(known[0].retrieve, asked, parts=known)
    choice = choose(first, Wanted(0, 0, RECALL), int(before))
    row: Row = {"set": name, "documents": "one limit for all", "known": "half"}
    row |= {"tried": len(group), "tokens": round(before, 1)}
    if choice is None:
        return row | {"moved": 0, "asked": 0, "recall": None, "meets_bar": None}
    last = Pooled(first.retrieve, (), parts=other).at(choice.chosen.k, choice.chosen.tokens)
    return row | {
        "moved": len(group),
        "k": choice.chosen.k,
        "limit": choice.chosen.tokens,
        "asked": sum(len(each.asked) for each in other),
        "recall": round(last.recall, 4),
        "recall_known": round(choice.chosen.recall, 4),
        "rate": round(last.mean / before, 4),
        "meets_bar": last.recall >= BAR,
    }


def _trials(index: Index, asked: Sequence[Asked]) -> Trials:
    def retrieve(query: str, k: int, tokens: int) -> Brought:
        return bring(index, query, Limits(k, tokens), TOKENIZER, COMPRESSOR)

    return Trials(retrieve, asked, lambda one, k: reached(index, one, k, TOKENIZER))


def measured(name: str, kind: str, group: Sequence[Document], known: int) -> Row:
    """One row: how many documents were moved, what that saves, and what was still answered."""
    results = [found for each in group if (found := _result(each, known))]
    moved = [each for each in results if each["asked"]]
    asked = sum(each["asked"] for each in moved)
    hits = sum(each["hits"] for each in moved)
    return {
        "set": name,
        "documents": kind,
        "known": known or "half",
        "tried": len(results),
        "moved": len(moved),
        "asked": asked,
        "recall": round(hits / asked, 4) if asked else None,
        "recall_known": _mean([each["known"] for each in moved]),
        "tokens": _mean([each["before"] for each in results]),
        "rate": _mean([each["after"] / each["before"] for each in moved]),
        "meets_bar": hits >= BAR * asked if asked else None,
    }


def _result(document: Document, known: int) -> Row | None:
    halves = list(_halves(document.asked))
    first, second = ([asked for number, asked in halves if number == side] for side in (0, 1))
    if not first or not second or len(first) < known:
        return None
    proofs = Proofs(first[: known or None], TOKENIZER, COMPRESSOR)
    outline = proofs.prove(document.name, document.text, Wanted(0, 0, RECALL, "embedded"))
    if outline.why:
        return {"before": outline.before, "asked": 0, "hits": 0, "known": outline.recall}
    index = Shelf().index(Recipe(document.name, document.text, TOKENIZER))
    trial = _trials(index, second).at(outline.k, outline.tokens)
    return {
        "before": outline.before,
        "after": trial.mean,
        "asked": len(second),
        "hits": round(trial.recall * len(second)),
        "known": outline.recall,
    }


def _halves(asked: Sequence[tuple[str, Asked]]) -> Iterator[tuple[int, Asked]]:
    """Each question with the half that it is in: every other one, in an order drawn by its id."""
    order = sorted(asked, key=lambda each: _draw(each[0]))
    return ((number % 2, each) for number, (_, each) in enumerate(order))


def _draw(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), 4) if values else None


TOKENIZER = get_tokenizer("gpt-4o")
COMPRESSOR = Shipped()


if __name__ == "__main__":
    main()
