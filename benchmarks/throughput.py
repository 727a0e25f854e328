"""How long a build takes per template, and when nothing changed.

``python -m benchmarks.throughput --data templates.jsonl``: marginal CPU seconds per template at
-O1 and at -O2, (t(all) - t(10)) / (n - 10), with the cache off and one process, beside what Jinja2
takes to compile the same templates to bytecode; what spaCy takes to start, which -O2 pays once and
the margin leaves out; and the wall time of a build of 1,000 templates of which none changed, report
included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, rows, run, save

FEW, MANY = 10, 1000
LEVELS = (1, 2)

#: The peer: Jinja2 itself, with the extensions that real templates use.
JINJA = """
import sys, pathlib, jinja2
names = ("do", "loopcontrols", "i18n")
env = jinja2.Environment(extensions=[f"jinja2.ext.{name}" for name in names])
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        env.compile(path.read_text(encoding="utf-8"))
    except jinja2.TemplateError:
        pass
"""

#: Has phrases that -O2 looks for: both builds start spaCy, and the margin between them does not.
STARTER = "Please answer the question of the user in order to help."

#: What -O2 pays once per process, if any template has a phrase that a rule knows.
SPACY = "import spacy; spacy.blank('en').make_doc('Answer in one line.')"


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSON lines with a text each")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    texts = [row["text"] for row in rows(given.data) if row.get("parses")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        few, every = (
            _written(root / str(len(part)), [STARTER, *part]) for part in (texts[:FEW], texts)
        )
        levels = {f"-O{level}": _marginal(few, every, level, given.repeat) for level in LEVELS}
        jinja = [(_jinja(every).cpu - _jinja(few).cpu) for _ in range(given.repeat)]
        thousand = _written(root / "thousand", (texts * 2)[:MANY])
        _build(thousand)
        warm = [_build(thousand) for _ in range(given.repeat)]
    peer = [each / (len(texts) - FEW) for each in jinja]
    save(
        "throughput",
        {
            "templates": len(texts),
            "mean_characters": round(statistics.mean(map(len, texts))),
            "marginal_cpu_ms_per_template": {name: _ms(each) for name, each in levels.items()},
            "jinja2_compile_ms_per_template": _ms(peer),
            "by_jinja2_compile": {
                name: [round(a / b, 2) for a, b in zip(each, peer, strict=True)]
                for name, each in levels.items()
            },
            "spacy_start_cpu_ms": _ms([_spacy() for _ in range(given.repeat)]),
            "no_change_build_of_1000": {
                "wall_s": [round(each.wall, 3) for each in warm],
                "cpu_s": [round(each.cpu, 3) for each in warm],
            },
        },
        given.out,
    )


def _ms(seconds: list[float]) -> list[float]:
    return [round(1000 * each, 2) for each in seconds]


def _marginal(few: Path, every: Path, level: int, repeat: int) -> list[float]:
    """CPU seconds per template beyond the first few, once for every repeat."""
    count = len(list(every.iterdir())) - len(list(few.iterdir()))
    return [(_cold(every, level).cpu - _cold(few, level).cpu) / count for _ in range(repeat)]


def _spacy() -> float:
    """CPU seconds to import spaCy and to start its blank English pipeline."""
    return run([sys.executable, "-c", SPACY]).cpu - run([sys.executable, "-c", ""]).cpu


def _written(folder: Path, texts: list[str]) -> Path:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number:05}.j2").write_bytes(text.encode())
    return folder


def _jinja(folder: Path) -> Run:
    return run([sys.executable, "-c", JINJA, str(folder)])


def _cold(folder: Path, level: int) -> Run:
    return _build(folder, "--no-cache", "--dry-run", "--jobs", "1", level=level)


def _build(folder: Path, *options: str, level: int = 1) -> Run:
    out = folder.parent / f"{folder.name}-out"
    command = [sys.executable, "-m", "promptc", "build", str(folder), "-o", str(out), f"-O{level}"]
    return run([*command, *options], cwd=folder.parent)


if __name__ == "__main__":
    main()
