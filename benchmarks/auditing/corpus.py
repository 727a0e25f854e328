"""The templates and prompts to measure: rows of JSON Lines files, written as a folder of files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

_SUFFIXES = {
    "prompty/jinja2": ".prompty",
    "python-format": ".txt",
    "plain-with-double-braces": ".md",
    "dotprompt/handlebars": ".md",
}
_ENGINES = {".txt": "format", ".md": "plain"}
_CONFIG = """\
include = ["*.txt", "*.md"]

[engines]
"*.txt" = "format"
"*.md" = "plain"
"""


class Row(NamedTuple):
    """One template: its file below the folder, its engine, and the files it includes, by name."""

    name: str
    engine: str
    text: str
    parts: dict[str, str]
    kind: str = ""


class Corpus(NamedTuple):
    """What was read, and the hash of the files it was read from."""

    rows: list[Row]
    sha256: str


def load(paths: Sequence[Path], limit: int | None = None) -> Corpus:
    """Read the first *limit* rows of each of *paths*, all of them for ``None``.

    A row without an engine is a plain prompt.
    """
    rows: list[Row] = []
    digest = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        digest.update(data)
        lines = [line for line in data.decode().split("\n") if line.strip()]
        rows += [_row(json.loads(line)) for line in lines[:limit]]
    return Corpus(rows, digest.hexdigest())


def _row(row: dict[str, Any]) -> Row:
    suffix = _SUFFIXES.get(row["engine"], ".j2") if row.get("engine") else ".md"
    parts = dict(row.get("deps") or {})
    name = f"{row['id']}/template{suffix}" if parts else f"{row['id']}{suffix}"
    return Row(name, _ENGINES.get(suffix, "jinja"), row["text"], parts, row.get("kind") or "")


def write(rows: list[Row], folder: Path) -> None:
    """Write every row, the files it includes beside it, and the engines of what is not Jinja."""
    folder.mkdir(parents=True)
    (folder / "promptc.toml").write_text(_CONFIG)
    for row in rows:
        path = folder / row.name
        _put(path, row.text)
        for name, text in row.parts.items():
            if ".." not in PurePosixPath(name).parts and not PurePosixPath(name).is_absolute():
                _put(path.parent / name, text)


def parts(row: Row, folder: Path) -> dict[str, str]:
    """The files that *row* includes, as they stand in *folder*; else as they were."""
    home = (folder / row.name).parent
    found = {name: home / name for name in row.parts}
    return {name: text(path) if path.is_file() else row.parts[name] for name, path in found.items()}


def text(path: Path) -> str:
    """A file's text with the line ends and the byte-order mark that it has."""
    return path.read_bytes().decode()


def _put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode())
