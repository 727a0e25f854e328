"""Whether ``compress`` ever exceeds its budget, and how much of it it leaves unused.

``python -m benchmarks.budgets --data FILE...``: every text of the files (a row's `text`, else its
`context`) under random budgets, half of them rates, half numbers of tokens. Tokens are counted
anew here. An overshoot is a bug. Slack is what was left unused: in tokens, and as the share of
calls where a whole sentence that was dropped would still have fitted.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compressing.sets import Doc
from benchmarks.compressing.units import MODEL, count, cut, merged, sentences
from benchmarks.measure import rows, save
from promptc import Budget, BudgetError, compress
from promptc.source import Span

Compress = Callable[..., Any]


@dataclass(frozen=True)
class Draw:
    """One call: tokens allowed and used, the mean of a sentence, and what else was seen.

    *room*: whether the smallest sentence that was dropped whole would have fitted, counted with
    it in place; ``None`` where none was. *stable*: whether a second call changed nothing.
    """

    limit: int
    used: int
    mean: float
    room: bool | None
    stable: bool | None
    told: bool


def main() -> None:
    """Measure, print and save; exit with 1 where a budget was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSON lines")
    parser.add_argument("--draws", type=int, default=20, help="budgets per text")
    parser.add_argument("--limit", type=int, help="texts per file")
    parser.add_argument("--longest", type=int, default=200_000, help="characters of a text")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    figures = {}
    for path in given.data:
        texts = list(texts_of(path, given.longest))[: given.limit]
        figures[path.stem] = measured(compress, texts, given.draws)
        print(f"{path.stem}: {len(texts)} texts", file=sys.stderr)
    save("budgets", figures, given.out)
    sys.exit(any(each["overshoots"] for each in figures.values()))


def texts_of(path: Path, longest: int) -> Iterator[str]:
    """List the texts of a file, each once."""
    found = (row.get("text") or row.get("context") or "" for row in rows(path))
    return (text for text in dict.fromkeys(found) if 0 < len(text) <= longest)


def measured(compress: Compress, texts: Sequence[str], draws: int) -> dict[str, Any]:
    """Draw budgets for all *texts* and sum up what came of them."""
    lots, done, refused = random.Random(7), [], 0
    for text in texts:
        total = count(text)
        for number in range(draws):
            budget = drawn(lots, total)
            try:
                done.append(_draw(compress, text, budget, again=number == 0))
            except BudgetError:
                refused += 1
    return summary(done) | {"texts": len(texts), "budget_errors": refused}


def drawn(lots: random.Random, total: int) -> Budget:
    """Draw a budget for a text of *total* tokens; at least one token, at most all."""
    if lots.random() < 0.5:
        return Budget(rate=round(lots.uniform(0.05, 1), 3))
    return Budget(tokens=lots.randint(1, max(1, total)))


def _draw(compress: Compress, text: str, budget: Budget, *, again: bool) -> Draw:
    done = compress(text, budget=budget, model=MODEL)
    limit, used = budget.limit(count(text)), count(done.text)
    kept = merged(text, [Span(*span) for span in done.kept[0]])
    units = [unit.tokens for unit in sentences(text)]
    second = compress(done.text, budget=Budget(tokens=limit), model=MODEL).text if again else None
    return Draw(
        limit=limit,
        used=used,
        mean=statistics.fmean(units) if units else 1,
        room=room(text, kept, limit),
        stable=second == done.text if again else None,
        told=done.tokens_after == used,
    )


def room(text: str, kept: Sequence[Span], limit: int) -> bool | None:
    """Whether *limit* has room for one more whole sentence; ``None`` where none was dropped."""
    dropped = [
        unit for unit in sentences(text) if not any(span.overlaps(unit.span) for span in kept)
    ]
    if not dropped:
        return None
    least = min(dropped, key=lambda unit: unit.tokens)
    return count(cut(Doc("", text), sorted([*kept, least.span])).text) <= limit


def summary(done: Sequence[Draw]) -> dict[str, Any]:
    """Sum up calls. A call with nothing to leave out has no slack."""
    short = [each for each in done if each.room is not None]
    slack = [each.limit - each.used for each in short]
    again = [each.stable for each in done if each.stable is not None]
    return {
        "calls": len(done),
        "overshoots": sum(each.used > each.limit for each in done),
        "miscounted": sum(not each.told for each in done),
        "mean_slack_tokens": _mean(slack),
        "mean_slack_share": _mean([s / each.limit for s, each in zip(slack, short, strict=True)
                                   if each.limit]),
        "mean_slack_units": _mean([s / each.mean for s, each in zip(slack, short, strict=True)]),
        "room_for_a_dropped_sentence": _mean([bool(each.room) for each in short]),
        "twice_is_once": _mean(again),
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), 4) if values else None


if __name__ == "__main__":
    main()
