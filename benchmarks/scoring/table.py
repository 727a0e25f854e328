"""The table of `docs/scorers.md`, from results: ``python -m benchmarks.scoring.table [FILE]``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import RESULTS

NAMES = {"gpt2-small": "GPT-2 small, `causal`"}
NAMES["bert-base-multilingual-cased"] = "BERT base, `classifier`"
NUMBERS = {"float32": "fp32", "bfloat16": "bf16"}
HEAD = (
    "shape", "tokens", "numbers", "tokens a second", "score, by the plain pass",
    "llmlingua, by the plain pass", "llmlingua, by bare products", "llmlingua, by `compress`",
    "after the model, ms per 1,000 tokens",
)  # fmt: skip


def main() -> None:
    """Print it."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS / "scorers.json"
    figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
    print(_line(HEAD))
    print("|---" * len(HEAD) + "|")
    for shape, rows in figures.items():
        for row in rows if isinstance(rows, list) and shape != "peer" else ():
            for cells in _cells(NAMES.get(shape, shape), row):
                print(_line(cells))


def _cells(shape: str, row: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    many = row["texts"] > 1
    tokens = f"{row['texts']} texts, {row['tokens']}" if many else f"{row['tokens']:,}"
    for dtype, name in NUMBERS.items():
        if dtype not in row:
            continue
        told = row[dtype]
        whole = f"{told['llmlingua_by_compress']:.2f} x"
        if many:
            whole += f"; scored in one call {told['llmlingua_by_together']:.2f} x"
        after = f"{told['post_ms_per_1000_tokens']:.2f}"
        if many:
            after += f"; one by one {told['post_each_ms_per_1000_tokens']:.2f}"
        yield (
            shape, tokens, name, f"{told['score_tokens_per_s']:,}",
            f"{told['score_by_plain']:.2f}", f"{told['llmlingua_by_plain']:.2f} x",
            f"{told['llmlingua_by_bare_products']:.2f} x", whole, after,
        )  # fmt: skip


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
