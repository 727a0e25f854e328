"""The tools that are audited, each run as a user runs it: a command, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.auditing import corpus
from benchmarks.auditing.corpus import Row

_MINUTES = 60
_BATCH = 100
_FAULT = "a bug in promptc"
_UNWRAPPED = "fix:\n  structure_scaffold: false\n"


class Output(NamedTuple):
    """What a tool made of the rows: new texts by name, refusals by name, how long it took.

    *printed* says that the texts were shown, not written. *folder* has them as files. *faults*
    are the files in which the tool found a fault of its own and undid what it had done.
    """

    texts: dict[str, str]
    refused: dict[str, str]
    seconds: float
    folder: Path
    printed: bool = False
    faults: tuple[str, ...] = ()


class ToolError(Exception):
    """A tool is not there, or did not do its work."""


def promptc(rows: list[Row], source: Path, out: Path, level: int) -> Output:
    """Run ``promptc build`` over the folder, and read what it wrote."""
    command = [sys.executable, "-m", "promptc", "build", str(source), "-o", str(out), f"-O{level}"]
    used = _seconds()
    done = _run([*command, "--keep-going", "--json"], cwd=source)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise ToolError(f"promptc build gave no report: {done.stderr[-2000:]}") from None
    refused = {each["name"]: each["message"] for each in report["failures"]}
    texts = {row.name: corpus.text(out / row.name) for row in rows if (out / row.name).is_file()}
    failed = {_key(name, rows): why for name, why in refused.items()}
    faults = (each["name"] for each in report["files"] if _FAULT in "".join(each["notes"]))
    return Output(texts, failed, _seconds() - used, out, faults=tuple(sorted(faults)))


def _key(name: str, rows: list[Row]) -> str:
    """The row that a report's name means, which may carry a folder in front."""
    return next(
        (row.name for row in rows if name == row.name or name.endswith("/" + row.name)), name
    )


def promptlint(
    rows: list[Row], source: Path, out: Path, *, command: str, unwrapped: bool = False
) -> Output:
    """Run ``promptlint --fix`` over copies of the files, and take what it prints as fixed.

    *unwrapped* switches off the fix that puts the whole prompt into ``<task>``.
    """
    if shutil.which(command) is None:
        raise ToolError(
            f"{command} is not here; pip install promptlint-cli, or pass --peer-command"
        )
    shutil.copytree(source, out)
    options = ["--fix", "--format", "json", "--fail-level", "none"]
    if unwrapped:
        (out / "peer.yaml").write_text(_UNWRAPPED)
        options += ["--config", "peer.yaml"]
    texts: dict[str, str] = {}
    refused: dict[str, str] = {}
    used = _seconds()
    for at in range(0, len(rows), _BATCH):
        names = [row.name for row in rows[at : at + _BATCH]]
        done = _run([command, *options, *names], cwd=out)
        # It says which file it means only where there are several.
        found = {
            each.get("file", str(out / names[0])): each["optimized_prompt"]
            for each in _objects(done.stdout)
        }
        fixed = {name: found.get(str((out / name).resolve())) for name in names}
        texts |= {name: text for name, text in fixed.items() if text is not None}
        refused |= {name: done.stderr[-200:] for name in names if name not in texts}
    return Output(texts, refused, _seconds() - used, out, printed=True)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects that stand one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        yield value
        while at < len(text) and text[at].isspace():
            at += 1


def _run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=_MINUTES * 60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{command[0]}: {error}") from None


def _seconds() -> float:
    """CPU seconds of the commands that have ended."""
    used = os.times()
    return used.children_user + used.children_system


def version(command: list[str]) -> str:
    """The last word of what a command says about its version."""
    return _run(command, Path.cwd()).stdout.split()[-1]
