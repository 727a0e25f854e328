"""What a build saves on real templates and prompts, per kind, few-shot files apart.

``python -m benchmarks.savings --data templates.jsonl prompts.jsonl``: static tokens with seven
regular expressions, at -O1, at -O2, at -O2 with contractions, at -O3 with every grant, and at -O3
with `prune-examples` alone, which here leaves four; how many files the first ones harmed, as
`benchmarks.audit` judges; and the tokens by pass. Counted with gpt-4o's encoding by promptc itself,
in what the regular expressions leave too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import naive
from benchmarks.auditing import corpus
from benchmarks.auditing.corpus import Corpus, Row
from benchmarks.auditing.tools import Output
from benchmarks.auditing.verdict import judge
from benchmarks.measure import RESULTS, record, run, write
from benchmarks.savings_page import Column, Tokens, figures, markdown

GRANTS = ("prune-examples", "drop-articles", "hoist-static")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSON Lines")
    parser.add_argument("--limit", type=int, help="measure this many rows of each file")
    parser.add_argument("--out", type=Path, default=RESULTS / "savings.json")
    given = parser.parse_args(arguments)
    missing = [str(path) for path in given.data if not path.is_file()]
    if missing:
        sys.exit(f"{missing[0]} is missing: give the JSON Lines of templates or prompts to measure")
    read = corpus.load(given.data, given.limit)
    with tempfile.TemporaryDirectory() as folder:
        columns = measured(read, Path(folder).resolve())
    kinds = {row.name: row.kind for row in read.rows if row.name in columns[0].tokens}
    found = record("savings", figures(columns, kinds) | {"data_sha256": read.sha256})
    page = markdown(found)
    print(page)
    write(found, given.out)
    given.out.with_suffix(".md").write_text(page, encoding="utf-8")


def measured(read: Corpus, root: Path) -> list[Column]:
    """Every column of the table; a file that promptc can't read at all is in none."""
    rows = read.rows
    corpus.write(rows, root / "in")
    for name, grants in (("granted", GRANTS), ("pruned", GRANTS[:1])):
        corpus.write(rows, root / name)
        _grant(rows, root / name, grants)
    contracted = ("--pass", "shorten-phrases:contractions=true")
    four = ("--pass", "prune-examples:most=4")
    return [
        _regexes(rows, root),
        _column("-O1", rows, root, "-O1", judged=False),
        _column("-O2", rows, root, "-O2"),
        _column("-O2, contractions", rows, root, "-O2", *contracted),
        _column("-O3, all granted", rows, root, "-O3", source="granted", judged=False),
        _column("-O3, four examples", rows, root, "-O3", *four, source="pruned", judged=False),
    ]


def _grant(rows: Sequence[Row], folder: Path, grants: Sequence[str]) -> None:
    for row in rows:
        path = folder / f"{row.name}.toml"
        path.write_text(f"grant = {json.dumps(list(grants))}\n", encoding="utf-8")


def _regexes(rows: Sequence[Row], root: Path) -> Column:
    """The yardstick: its texts counted as promptc counts them, as they are where it can't."""
    shortened = [row._replace(text=naive.shorten(row.text)) for row in rows]
    corpus.write(shortened, root / "naive")
    before, after = (_counts(_report(root, each, "-O0")) for each in ("in", "naive"))
    output = Output({row.name: row.text for row in shortened}, {}, 0.0, root / "naive")
    verdict = judge("regular expressions", [row for row in rows if row.name in before], output,
                    reworded=True)  # fmt: skip
    tokens = {
        name: Tokens(count.before, after.get(name, count).before) for name, count in before.items()
    }
    unread = before.keys() - after.keys()
    return Column("seven regexes", tokens, frozenset(verdict.harmed | unread))


def _column(
    name: str,
    rows: Sequence[Row],
    root: Path,
    *options: str,
    source: str = "in",
    judged: bool = True,
) -> Column:
    """What a build with *options* saves, and which files it harmed."""
    report = _report(root, source, *options)
    tokens = _counts(report)
    harmed = None
    if judged:
        out = _built(root, source)
        texts = {row.name: corpus.text(out / row.name) for row in rows if row.name in tokens}
        mine = [row for row in rows if row.name in tokens]
        harmed = frozenset(judge(name, mine, Output(texts, {}, 0.0, out), reworded=True).harmed)
    own = {row.name for row in rows}
    passes: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for file in report["files"]:
        for step in file["steps"]:
            if step["edits"] and file["name"] in own:
                passes[step["pass"], step["guarantee"]][file["name"]] = step["saved"]
    return Column(name, tokens, harmed, passes)


def _report(root: Path, source: str, *options: str) -> dict[str, Any]:
    """The report of a build of the folder *source*, whose texts go to a folder beside it."""
    out = str(_built(root, source))
    command = [sys.executable, "-m", "promptc", "build", ".", "-o", out, *options]
    done = run([*command, "--keep-going", "--json"], accept=(0, 2), cwd=root / source)
    report: dict[str, Any] = json.loads(done.output)
    if not report["files"]:
        sys.exit(f"promptc build compiled none of the files: {report['failures'][:3]}")
    return report


def _built(root: Path, source: str) -> Path:
    return root / f"{source} built"


def _counts(report: Mapping[str, Any]) -> dict[str, Tokens]:
    return {
        file["name"]: Tokens(file["tokens"]["static_before"], file["tokens"]["static_after"])
        for file in report["files"]
    }


if __name__ == "__main__":
    main()
