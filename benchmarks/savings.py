"""What a build saves on real templates and prompts, per kind, few-shot files apart.

``python -m benchmarks.savings --templates templates.jsonl --prompts prompts.jsonl --level 1``:
static tokens before and after, summed per kind, with the mean and median share per file, and the
tokens by pass. Counted with gpt-4o's encoding.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.measure import rows, run, save

SUFFIXES = {"prompty/jinja2": ".prompty", "python-format": ".format.txt"}
CONFIG = '[engines]\n"*.format.txt" = "format"\n"*.md" = "plain"\n'
INCLUDE = 'include = ["*.md", "*.txt"]\n'


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    templates = [(row, _suffix(row)) for row in rows(given.templates) if row["parses"] is not False]
    prompts = [(row, ".md") for row in rows(given.prompts)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "promptc.toml").write_text(INCLUDE + CONFIG, encoding="utf-8")
        kinds = _written(root / "in", [*templates, *prompts])
        command = [sys.executable, "-m", "promptc", "build", "in", "-o", "out", "--keep-going"]
        done = run([*command, f"-O{given.level}", "--json", "--dry-run"], accept=(0, 2), cwd=root)
    report = json.loads(done.output)
    save("savings", _figures(report["files"], kinds) | {"level": given.level}, given.out)


def _suffix(row: dict[str, Any]) -> str:
    return SUFFIXES.get(row["engine"], ".j2")


def _written(folder: Path, files: Iterable[tuple[dict[str, Any], str]]) -> dict[str, str]:
    """Write every text to a file; return the kind of each by the file's name."""
    folder.mkdir()
    kinds = {}
    for number, (row, suffix) in enumerate(files):
        name = f"{number:05}{suffix}"
        (folder / name).write_bytes(row["text"].encode())
        kinds[name] = row["kind"]
    return kinds


def _figures(files: list[dict[str, Any]], kinds: dict[str, str]) -> dict[str, Any]:
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    passes: Counter[str] = Counter()
    for file in files:
        groups[kinds[file["name"]]].append(file["tokens"])
        for step in file["steps"]:
            passes[step["pass"]] += step["saved"]
    return {
        "kinds": {kind: _group(tokens) for kind, tokens in sorted(groups.items())},
        "saved_by_pass": dict(passes.most_common()),
    }


def _group(tokens: list[dict[str, Any]]) -> dict[str, Any]:
    before = sum(each["static_before"] for each in tokens)
    after = sum(each["static_after"] for each in tokens)
    shares = [
        1 - each["static_after"] / each["static_before"] for each in tokens if each["static_before"]
    ]
    return {
        "files": len(tokens),
        "before": before,
        "after": after,
        "share_of_all": round(1 - after / before, 4) if before else 0,
        "mean_share": round(statistics.mean(shares), 4) if shares else 0,
        "median_share": round(statistics.median(shares), 4) if shares else 0,
        "files_changed": sum(share > 0 for share in shares),
    }


if __name__ == "__main__":
    main()
