"""What the checks say of pairs of questions, and the threshold that pairs chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.editing.cases import Case, half, passes
from promptc.analysis.reasked import REASKED

GRID = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
PASSED = 0.05
"""The share of pairs that ask for two things which may pass, on the half that chooses."""
NEVER = 2.0
"""No question is as sure as that: each is read word by word."""

Row = Mapping[str, Any]


def chosen(points: Sequence[Mapping[str, float]]) -> float:
    """The lowest threshold at which no more than `PASSED` of what asks for something else passes.

    A lower one lets more of what was asked anew pass.
    """
    fine = (each["threshold"] for each in points if each["other_questions_passed"] <= PASSED)
    return min(fine, default=GRID[-1])


def points(rows: Iterable[Row], harm: Iterable[Case]) -> list[dict[str, float]]:
    """What each threshold of the grid does on the first half of pairs, and of edited questions."""
    first = [row for row in rows if half(row) == 0]
    edits = [case for case in harm if case.half == 0]
    return [
        {
            "threshold": at,
            "flagged": round(1 - _passed(first, 1, at), 4),
            "other_questions_passed": round(_passed(first, 0, at), 4),
            "recall": _share([not passes(each.before, each.after, at) for each in edits]),
        }
        for at in GRID
    ]


def measured(name: str, rows: Iterable[Row], at: float = REASKED) -> dict[str, Any]:
    """How a set of pairs is judged on the second half, word by word and as questions are now."""
    second = [row for row in rows if half(row) == 1]
    shares = {
        f"{what}_{how}": round(_passed(second, label, least), 4)
        for what, label in (("same", 1), ("other", 0))
        for how, least in (("word_by_word", NEVER), ("passed", at))
    }
    same = sum(row["label"] == 1 for row in second)
    right = shares["same_passed"] * same
    wrong = shares["other_passed"] * (len(second) - same)
    return {
        "set": name,
        "same": same,
        "other": len(second) - same,
        **shares,
        "precision": round(right / max(right + wrong, 1), 4),
    }


def _passed(rows: Iterable[Row], label: int, at: float) -> float:
    return _share([passes(r["text_a"], r["text_b"], at) for r in rows if r["label"] == label])


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / len(found), 4) if found else 0.0
