"""Edits drawn from a build, for a person to read one by one, and the verdicts on them.

``python -m benchmarks.reading --data templates.jsonl prompts.jsonl --level 2 --draw 100 --seed 1``
prints the edits with the text around them, before and after, as many of each pass as there are,
and writes `results/reading.md`: each edit's row, place, pass and rule, with the verdict from
`results/reading.jsonl`. No text of the data is in either file. To judge an edit, add a line
``{"key": …, "verdict": "same" or "wrong", "why": …}`` to the verdicts and run it again: the same
edits are drawn as long as promptc makes them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.auditing import corpus, tools
from benchmarks.auditing.corpus import Row
from benchmarks.auditing.draw import Change, changes, draw, shown
from benchmarks.measure import RESULTS, machine

VERDICTS = ("same", "wrong")
UNREAD = "not read yet"


class Verdict(NamedTuple):
    """What a reader said of one edit: whether the text still says the same, and why."""

    verdict: str
    why: str


def main(arguments: list[str] | None = None) -> None:
    """Build, draw, print the edits, and write the page with the verdicts there are."""
    given = _options(arguments)
    missing = [str(path) for path in given.data if not path.is_file()]
    if missing:
        sys.exit(f"{missing[0]} is missing: give the JSON Lines of templates or prompts to read")
    read = corpus.load(given.data, given.limit)
    known = verdicts(given.verdicts)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder).resolve() / "in"
        corpus.write(read.rows, source)
        built = tools.promptc(read.rows, source, source.parent / "out", given.level)
        texts = _texts(read.rows)
        every = changes(built.folder / "ledger.json", texts)
    drawn = draw(every, given.draw, given.seed)
    for number, each in enumerate(drawn, 1):
        print(f"[{number}] {shown(each, texts[each.file], every)}\n")
    facts = {"level": given.level, "seed": given.seed, "data_sha256": read.sha256}
    given.out.write_text(page(drawn, every, known, facts), encoding="utf-8")
    print(_counts(drawn, known), file=sys.stderr)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSON Lines")
    parser.add_argument("--level", type=int, default=2, help="the level to build at")
    parser.add_argument("--draw", type=int, default=100, help="how many edits to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, help="draw from this many rows of each file")
    parser.add_argument("--verdicts", type=Path, default=RESULTS / "reading.jsonl")
    parser.add_argument("--out", type=Path, default=RESULTS / "reading.md")
    return parser.parse_args(arguments)


def verdicts(path: Path) -> dict[str, Verdict]:
    """The verdicts in *path* by key, none where there is no file; exit where one is malformed."""
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            row = json.loads(line)
            if row["verdict"] not in VERDICTS:
                sys.exit(f"{path}:{number}: verdict {row['verdict']!r}: one of {VERDICTS}")
            found[row["key"]] = Verdict(row["verdict"], row["why"])
    return found


def _texts(rows: Sequence[Row]) -> dict[str, str]:
    """Every file by name, with the line ends that the ledger counts by and no byte-order mark."""
    texts: dict[str, str] = {}
    for row in rows:
        texts[row.name] = row.text
        home = row.name.rpartition("/")[0]
        texts |= {f"{home}/{name}": text for name, text in row.parts.items()}
    return {
        name: text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        for name, text in texts.items()
    }


def page(
    drawn: Sequence[Change],
    every: Sequence[Change],
    known: Mapping[str, Verdict],
    facts: Mapping[str, Any],
) -> str:
    """The edits and their verdicts as Markdown, without a word of the texts."""
    where = machine()
    of, all_of = (Counter(each.pass_name for each in part) for part in (drawn, every))
    lines = [
        "# Edits read one by one",
        "",
        f"-O{facts['level']}, seed {facts['seed']}, {where['date']}, promptc-compiler "
        f"{where['versions']['promptc-compiler']}; data sha256 {facts['data_sha256'][:16]}. "
        "An edit is what one rule of a pass did to one line. The texts are not shown: they are "
        "other people's.",
        "",
        f"{_counts(drawn, known)}.",
        "",
        "| pass | edits | read of them |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {all_of[name]} | {of[name]} |" for name in sorted(all_of)),
        "",
        "| row and place | pass | rule | verdict | why |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in drawn:
        verdict = known.get(each.key, Verdict(UNREAD, ""))
        cells = (each.key, each.pass_name, each.rule or "-", verdict.verdict, verdict.why)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _counts(drawn: Sequence[Change], known: Mapping[str, Verdict]) -> str:
    said = Counter(known[each.key].verdict if each.key in known else UNREAD for each in drawn)
    parts = (f"{said[name]} {name}" for name in (*VERDICTS, UNREAD) if said[name])
    return f"{len(drawn)} edits drawn: {', '.join(parts) or 'none'}"


if __name__ == "__main__":
    main()
