"""How long a check takes: when nothing changed, when some files did, and cold over many.

``python -m benchmarks.gate --data templates.jsonl``: a repository of 200 templates with git,
checked as a hook does. *nothing changed*: all of it again. *twenty changed*: 20 small files, edited
and named. *many cold*: 10,000 templates in one call, without a cache. The machine may be busy with
other things, so its load stands beside the wall times; CPU times add up all processes. Beside them
stands ``promptc --help``, as fast as a Python program that loads click can be. spaCy and torch are
looked for in the process that checks.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Run, rows, run, save

MANY, SOME, FEW = 10_000, 200, 20
SMALL = 2_000
"""Characters of a small template, at most."""

COMMAND = [sys.executable, "-m", "promptc", "check"]
SPY = """
import sys
from promptc.cli import main
try:
    main(["check", *sys.argv[1:]], standalone_mode=False)
finally:
    print(sorted({"spacy", "torch"} & sys.modules.keys()))
"""


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSON lines with a text each")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    texts = [row["text"] for row in rows(given.data) if row.get("parses")]
    small = [text for text in texts if 200 <= len(text) <= SMALL]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures: dict[str, Any] = {
            "load_average": round(os.getloadavg()[0], 1),
            "help": _shown([_help() for _ in range(given.repeat)]),
            **_repository(root / "repository", small, given.repeat),
            "many_cold": _many(root / "many", texts, given.many),
        }
    save("gate", figures, given.out)


def _help() -> Run:
    return run([sys.executable, "-m", "promptc", "--help"])


def _repository(root: Path, texts: list[str], repeat: int) -> dict[str, Any]:
    """A hook over a repository of some templates: nothing changed, and few changed."""
    names = _written(root / "prompts", texts, SOME)
    _git(root, "init", "-q")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "one")
    _check(root, "prompts")
    _check(root, "prompts")
    nothing = [_check(root, "prompts") for _ in range(repeat)]
    changed = []
    for turn in range(repeat):
        edited = names[turn * FEW : (turn + 1) * FEW]
        for name in edited:
            path = root / "prompts" / name
            path.write_text(f"{path.read_text()}\nAnswer in round {turn}.\n")
        changed.append(_check(root, *(f"prompts/{name}" for name in edited)))
    modules = run([sys.executable, "-c", SPY, "prompts", "--no-cache"], cwd=root).output
    return {
        "templates": len(names),
        "nothing_changed": _shown(nothing),
        "twenty_changed": _shown(changed),
        "heavy_modules_loaded": modules.splitlines()[-1],
    }


def _many(root: Path, texts: list[str], many: int) -> dict[str, Any]:
    """Many templates in one call; each is another text, so that nothing is read twice."""
    root.mkdir()
    for number in range(many):
        text = f"{texts[number % len(texts)]}\nRound {number // len(texts)}.\n"
        (root / f"{number:05}.j2").write_bytes(text.encode())
    done = _check(root.parent, root.name, "--no-cache", "--format", "json", "--output", "out.json")
    return {"templates": many, **_shown([done])}


def _written(folder: Path, texts: list[str], count: int) -> list[str]:
    folder.mkdir(parents=True)
    names = [f"{number:03}.j2" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(texts[number % len(texts)].encode())
    return names


def _check(root: Path, *arguments: str) -> Run:
    return run([*COMMAND, *arguments], accept=(0, 1), cwd=root)


def _git(root: Path, *arguments: str) -> None:
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *author, *arguments], cwd=root, check=True)


def _shown(runs: list[Run]) -> dict[str, list[float]]:
    return {
        "wall_s": [round(each.wall, 3) for each in runs],
        "cpu_s": [round(each.cpu, 3) for each in runs],
    }


if __name__ == "__main__":
    main()
