"""Calibrate the quality checks, and measure what they see and what they get wrong.

    python -m benchmarks.quality --data templates.jsonl prompts.jsonl --pairs pairs_covid.jsonl \\
        --more-pairs pairs_qqp.jsonl

Each prompt is edited in every way of `benchmarks.editing`: ways that do harm and ways that do
none. The threshold of `similarity` is chosen on one half of the prompts and measured on the
other. *--data* is JSON Lines with ``id`` and ``text``; rows of one ``group`` fall into one half. A
row of *--pairs* has ``text_a``, ``text_b``, ``group`` and ``label``, 1 where people say that both
ask the same; those of *--more-pairs* count towards no bar. A second hand's edits are measured by
themselves. Exit codes: 0 the bars are met, 1 they are not, 2 could not run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.editing import page, pairs
from benchmarks.editing.cases import (
    PARAPHRASE,
    Rated,
    by_second_hand,
    cases,
    harmed,
    paraphrases,
    rated,
)
from benchmarks.measure import RESULTS, record, rows, write
from promptc.analysis.reasked import REASKED
from promptc.checks.similarity import Similarity

GRID = tuple(round(0.3 + step * 0.05, 2) for step in range(15))
RECALL, ALARMS = 0.95, 0.05
CERTAIN = (
    "negation dropped", "number changed", "unit changed", "hole dropped",
    "question: negation dropped", "question: negation added", "question: number changed",
    "asked anew: negation dropped", "asked anew: negation added", "asked anew: number changed",
)  # fmt: skip
"""Kinds of harm of which none may be missed."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, save, and hold the figures against the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--more-pairs", type=Path, nargs="+", default=[])
    parser.add_argument("--limit", type=int, help="Rows of each file; all without it.")
    parser.add_argument("--out", type=Path, default=RESULTS / "quality.json")
    given = parser.parse_args(arguments)
    prompts = [row for path in given.data for row in rows(path)[: given.limit]]
    asked = rows(given.pairs)[: given.limit] if given.pairs else []
    harm = list(harmed(asked))
    made = [*cases(prompts), *paraphrases(asked), *harm]
    if not made:
        print("quality: no prompt could be edited; nothing was measured", file=sys.stderr)
        return 2
    found = figures([rated(each) for each in made], len(prompts))
    found["second_hand"] = second_hand([rated(each) for each in by_second_hand(prompts)])
    if asked:
        found["questions"] = pairs.points(asked, harm)
        found["questions_threshold"] = REASKED
        found["questions_chosen"] = pairs.chosen(found["questions"])
    files = [*([given.pairs] if given.pairs else []), *given.more_pairs]
    found["pairs"] = [pairs.measured(each.stem, rows(each)[: given.limit]) for each in files]
    write(record("quality", found), given.out)
    text = page.markdown(found)
    given.out.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    return int(not all(bar["met"] for bar in found["bars"]))


def figures(every: Sequence[Rated], prompts: int) -> dict[str, Any]:
    """Calibrate on the first half, measure on the second."""
    first = [each for each in every if each.half == 0]
    second = [each for each in every if each.half == 1]
    kinds = list(dict.fromkeys(each.kind for each in every))
    threshold = Similarity().threshold
    return {
        "prompts": prompts,
        "edits": len(every),
        "threshold": threshold,
        "calibration": [_point(first, at) for at in GRID],
        "chosen": chosen(first),
        "kinds": [_kind(second, kind, threshold) for kind in kinds],
        "all": _point(second, threshold),
        "all_with_paraphrases": _point(second, threshold, paraphrase=True),
        "bars": _bars(second, threshold),
    }


def second_hand(every: Sequence[Rated]) -> dict[str, Any]:
    """What is seen of the edits of a second hand, those composed one by one told apart."""
    at = Similarity().threshold
    kinds = list(dict.fromkeys(each.kind for each in every))
    composed = [each for each in every if each.kind.startswith("written: ")]
    made = [each for each in every if not each.kind.startswith("written: ")]
    return {
        "composed": _point(composed, at),
        "made": _point(made, at),
        "kinds": [_kind(every, kind, at) for kind in kinds],
    }


def chosen(first: Sequence[Rated]) -> float:
    """The lowest threshold at which no more harm is seen by a higher one.

    A lower one lets more rewordings pass; no harmless edit is worth a harmful one.
    """
    points = [_point(first, at) for at in GRID]
    best = max(point["recall"] for point in points)
    return min(point["threshold"] for point in points if point["recall"] >= best)


def _point(every: Sequence[Rated], at: float, *, paraphrase: bool = False) -> dict[str, float]:
    harm = [each.flagged(at) for each in every if each.harm]
    fine = [
        each.flagged(at)
        for each in every
        if not each.harm and (paraphrase or each.kind != PARAPHRASE)
    ]
    return {
        "threshold": at,
        "recall": _share(harm),
        "false_alarms": _share(fine),
        "precision": round(sum(harm) / max(sum(harm) + sum(fine), 1), 4),
        "harmful": len(harm),
        "harmless": len(fine),
    }


def _kind(second: Sequence[Rated], kind: str, at: float) -> dict[str, Any]:
    """One kind of edit; for one that does harm *precision* is against all harmless edits."""
    mine = [each for each in second if each.kind == kind]
    alarms = sum(each.flagged(at) for each in second if not each.harm and each.kind != PARAPHRASE)
    flagged = sum(each.flagged(at) for each in mine)
    harm = any(each.harm for each in mine)
    return {
        "kind": kind,
        "harm": harm,
        "edits": len(mine),
        "flagged": _share([each.flagged(at) for each in mine]),
        "by_facts": _share([each.facts for each in mine]),
        "by_similarity": _share([each.score < at for each in mine]),
        "precision": round(flagged / max(flagged + alarms, 1), 4) if harm else None,
    }


def _bars(second: Sequence[Rated], at: float) -> list[dict[str, Any]]:
    point = _point(second, at)
    bars = [
        _bar("recall of harm", point["recall"], RECALL, least=True),
        _bar("harmless edits flagged", point["false_alarms"], ALARMS, least=False),
    ]
    with_pairs = _point(second, at, paraphrase=True)
    if with_pairs["harmless"] != point["harmless"]:
        name = "harmless edits flagged, with the paraphrased questions"
        bars.append(_bar(name, with_pairs["false_alarms"], ALARMS, least=False))
    for kind in CERTAIN:
        mine = [each.flagged(at) for each in second if each.kind == kind]
        if mine:
            bars.append(_bar(f"recall: {kind}", _share(mine), 1.0, least=True))
    return bars


def _bar(name: str, value: float, bar: float, *, least: bool) -> dict[str, Any]:
    met = value >= bar if least else value <= bar
    return {"name": name, "value": value, "bar": bar, "least": least, "met": met}


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / len(found), 4) if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
