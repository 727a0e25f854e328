"""How fast promptc starts, and how large it is.

``python -m benchmarks.startup``: ``promptc --help`` beside ``python -c "import click"`` in pairs,
a build of nothing, and the size of a fresh installation of the core (``--sizes``).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import venv
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import run, save

PROJECT = Path(__file__).parent.parent


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--sizes", action="store_true", help="also install into a fresh folder")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    python = sys.executable
    promptc = str(Path(python).parent / "promptc")
    pairs = [
        (run([promptc, "--help"]), run([python, "-c", "import click"])) for _ in range(given.repeat)
    ][1:]
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "templates"
        empty.mkdir()
        nothing = [run([promptc, "build", str(empty)], cwd=Path(folder)) for _ in range(5)]
    figures = {
        "help_cpu_ms": _median(1000 * help_.cpu for help_, _ in pairs),
        "help_wall_ms": _median(1000 * help_.wall for help_, _ in pairs),
        "import_click_wall_ms": _median(1000 * click.wall for _, click in pairs),
        "help_by_import_click_wall": _median(help_.wall / click.wall for help_, click in pairs),
        "build_of_nothing_wall_ms": _median(1000 * each.wall for each in nothing),
    }
    if given.sizes:
        figures["installed_mb"] = _installed()
    save("startup", figures, given.out)


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def _installed() -> float:
    """Megabytes that ``pip install .`` adds to an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        before = _size(Path(folder))
        run([python, "-m", "pip", "install", "-q", "--no-compile", str(PROJECT)])
        return round((_size(Path(folder)) - before) / 1e6, 1)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
