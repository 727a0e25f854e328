"""Judge everything that a tool made of a corpus, and count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from jinja2 import TemplateError

from benchmarks.auditing import corpus
from benchmarks.auditing.code import read
from benchmarks.auditing.corpus import Row
from benchmarks.auditing.harm import Harm
from benchmarks.auditing.judge import Terms, audit
from benchmarks.auditing.rendering import Pair, Rendered, compare
from benchmarks.auditing.tools import Output

_SPACING = {"spacing", "space beside a hole", "indentation", "aligned columns", "line"}


class Verdict(NamedTuple):
    """What a tool did to the files, and the harm in it."""

    tool: str
    output: Output
    files: int
    changed: int
    rendered: int
    accepted_but_refused: list[str]
    harms: list[Harm]

    @property
    def harmed(self) -> set[str]:
        """The files with any harm."""
        return {harm.file for harm in self.harms}

    @property
    def said_otherwise(self) -> set[str]:
        """The files with harm that goes beyond white space."""
        return {harm.file for harm in self.harms if harm.kind not in _SPACING}

    def as_json(self, most: int = 100) -> dict[str, Any]:
        """The verdict as plain values, with the first *most* harms."""
        return {
            "tool": self.tool,
            "files": self.files,
            "returned": len(self.output.texts),
            "changed": self.changed,
            "refused": dict(sorted(self.output.refused.items())),
            "faults": list(self.output.faults),
            "refused_though_jinja_accepts": self.accepted_but_refused,
            "rendered": self.rendered,
            "cpu_seconds": round(self.output.seconds, 1),
            "harmed": len(self.harmed),
            "harmed_beyond_spacing": len(self.said_otherwise),
            "files_per_kind": dict(Counter(harm.kind for harm in self.harms).most_common()),
            "harms": [harm._asdict() for harm in self.harms[:most]],
        }


def judge(tool: str, rows: list[Row], output: Output, *, reworded: bool = False) -> Verdict:
    """Audit every file that *tool* returned; *reworded*: it may use fewer words for the same."""
    changed = [row for row in rows if _changed(row, output)]
    harms = [harm for row in changed for harm in _harms(row, output, reworded)]
    jinja = [row for row in changed if row.engine == "jinja"]
    renderings = compare([_pair(row, output) for row in jinja], reworded=reworded)
    harms += [harm for each in renderings for harm in each.harms]
    harms += list(_missing(rows, output))
    refused = [row.name for row in rows if row.name in output.refused and _accepted(row)]
    shown = sum(1 for each in renderings if each.contexts)
    return Verdict(tool, output, len(rows), len(changed), shown, refused, sorted(harms, key=_place))


def _place(harm: Harm) -> tuple[str, str]:
    return harm.file, harm.kind


def _changed(row: Row, output: Output) -> bool:
    if row.name not in output.texts:
        return False
    after = output.texts[row.name]
    return after.strip() != row.text.strip() if output.printed else after != row.text


def _harms(row: Row, output: Output, reworded: bool) -> list[Harm]:
    terms = Terms(row.engine, output.printed, reworded)
    return audit(row.text, output.texts[row.name], terms, name=row.name)


def _pair(row: Row, output: Output) -> Pair:
    before, after = row.text, output.texts[row.name]
    if output.printed:
        before, after = before.strip(), after.strip()
    parts = row.parts if output.printed else corpus.parts(row, output.folder)
    return Pair(row.name, {**row.parts, row.name: before}, {**parts, row.name: after})


def _missing(rows: list[Row], output: Output) -> Iterator[Harm]:
    """A file that was neither returned nor refused was lost in silence."""
    for row in rows:
        if row.name not in output.texts and row.name not in output.refused:
            yield Harm("missing", row.name, "no output and no error")


def _accepted(row: Row) -> bool:
    if row.engine != "jinja":
        return True
    try:
        read(row.text)
    except (TemplateError, RecursionError):
        return False
    return True


__all__ = ["Rendered", "Verdict", "judge"]
