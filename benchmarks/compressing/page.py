"""The figures of ``answers`` as a page and a plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]

#: What the plot shows: a set, and whether the question is given.
PANELS = (("nq_multidoc10", True), ("xquad_en", False))
_ABOUT = """# What compression keeps

The share of questions whose answer string is still in the text at 0.5 / 0.25 / 0.125 of the tokens.
A method that chooses its own rate has one figure and that rate after an @, titles included. Chance
hits count: an answer such as a year may stand elsewhere too. A sentence longer than the budget
can't be kept whole: on sets of one short document that holds the methods by sentence back.
"""


def written(rows: Sequence[Row]) -> str:
    """Write all tables."""
    scored = [row for row in rows if "answers_kept" in row]
    parts = [_ABOUT]
    for asked, title in ((True, "With the question"), (False, "Without the question")):
        arm = [row for row in scored if in_arm(row, asked)]
        parts += [f"## {title}\n", _table(arm, "answers_kept")]
        if any(row["gold_kept"] is not None for row in arm):
            parts += [f"### Share of the gold passages kept, {title.lower()}\n",
                      _table(arm, "gold_kept")]  # fmt: skip
    bare = [row for row in scored if in_arm(row, False)]
    parts += ["## Mean words of a kept run, without the question\n", _table(bare, "run_words")]
    parts += ["## Questions where the budget was exceeded\n", _over(scored)]
    return "\n".join([*parts, *_labels([row for row in rows if "keep_f1" in row])])


def in_arm(row: Row, asked: bool) -> bool:
    """Whether *row* belongs beside those that were asked; who ignores questions is in both."""
    return bool(row["ignores_question"] or row["question"] == asked)


def _table(rows: Sequence[Row], key: str) -> str:
    """Set by method; a set has as many questions as the figure is the mean of."""
    counted = "with_answer" if key == "answers_kept" else "questions"
    told = [row | {"n": row[counted]} for row in rows if row[key] is not None]
    methods = list(dict.fromkeys(row["method"] for row in told))
    lines = [["set", "questions", *methods]]
    for name in dict.fromkeys(row["set"] for row in told):
        here = [row for row in told if row["set"] == name]
        asked = max(row["n"] for row in here)
        cells = [_cell([r for r in here if r["method"] == each], key, asked) for each in methods]
        lines.append([name, str(asked), *cells])
    return _drawn(lines)


def _cell(rows: Sequence[Row], key: str, asked: int) -> str:
    """Write one cell; it says how many questions where they are fewer than the *asked*."""
    if rows and rows[0]["n"] < asked:
        return f"{_cell(rows, key, 0)} (n={rows[0]['n']})"
    if rows and rows[0]["rate"] is None:
        return " ".join(f"{row[key]:.2f} @ {row['tokens_kept']:.2f}" for row in rows[:1])
    ordered = sorted(rows, key=lambda row: -float(row["rate"]))
    return " / ".join(f"{row[key]:.2f}" for row in ordered) or "–"


def _over(rows: Sequence[Row]) -> str:
    told = [row for row in rows if row["over_budget"] is not None]
    lines = [["method", "over", "of"]]
    for method in dict.fromkeys(row["method"] for row in told):
        here = [row for row in told if row["method"] == method]
        sums = (sum(row[key] for row in here) for key in ("over_budget", "questions"))
        lines.append([method, *map(str, sums)])
    return _drawn(lines)


def _labels(rows: Sequence[Row]) -> list[str]:
    told = [row for row in rows if row["keep_f1"] is not None]
    if not told:
        return []
    lines = [["method", "sentences", "F1 of keep", "F1 of drop"]]
    for row in told:
        scores = (f"{row['keep_f1']:.3f}", f"{row['drop_f1']:.3f}")
        lines.append([row["method"], str(row["sentences"]), *scores])
        about = "One sentence at a time: a method that keeps whole sentences has nothing to keep.\n"
    return ["## Words of news sentences, at the tokens of the reference\n", about, _drawn(lines)]


def _drawn(lines: Iterable[Sequence[str]]) -> str:
    head, *rest = lines
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *rest])


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw rate against share for every method; says so where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        print("skipped the plot: matplotlib not installed")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(12, 5), sharey=True)
    for axis, (name, asked) in zip(axes, PANELS, strict=True):
        here = [r for r in rows if r["set"] == name and "rate" in r and in_arm(r, asked)]
        axis.set_title(f"{name}, {'with' if asked else 'without'} the question")
        axis.set_xlabel("share of tokens kept")
        axis.grid(alpha=0.3)
        if not here:
            continue
        for method in dict.fromkeys(row["method"] for row in here):
            points = sorted((r["tokens_kept"], r["answers_kept"])
                            for r in here if r["method"] == method)  # fmt: skip
            width = 3 if method == "promptc" else 1.5
            axis.plot(*zip(*points, strict=True), marker="o", label=method, linewidth=width)
        axis.legend()
    axes[0].set_ylabel("share of answers kept")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
