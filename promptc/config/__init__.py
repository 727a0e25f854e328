"""The configuration: ``promptc.toml``, or ``[tool.promptc]`` in ``pyproject.toml``, as values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from promptc.config.gate import Gate, gate
from promptc.config.values import Reader, Value, parse_toml, read_toml
from promptc.errors import ConfigError
from promptc.globs import read_pattern
from promptc.options import Quality
from promptc.paths import display, read_bytes
from promptc.syntax import EXTENSIONS, Engine, Syntax

FILE = "promptc.toml"
PYPROJECT = "pyproject.toml"

_PASS = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_JINJA_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class Config:
    """What a team decided. The defaults are those of a team that wrote no file.

    *include*, *exclude* and the globs of *engines* are written as in ``.gitignore`` and are
    relative to *root*; of the globs of *engines* the last that matches decides. *passes* has for
    a pass its options, or whether it runs at all. *filters*, *tests* and *globals* are names that
    the team's Jinja environment has. *root* is the folder of the file at *path*, the working
    folder where there is none.
    """

    model: str = "gpt-4o"
    level: int = 2
    quality: Quality = "gate"
    out: str = "build"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    engines: tuple[tuple[str, Engine], ...] = ()
    jinja: Syntax = field(default_factory=Syntax)
    filters: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    globals: tuple[str, ...] = ()
    passes: Mapping[str, Mapping[str, Any] | bool] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None
    calls_per_month: int | None = None
    calls_per_request: int = 1
    output_tokens: int | None = None
    cache_hits: float | None = None
    prices: Path | None = None
    tokenizer: Path | None = None
    check: Gate = field(default_factory=Gate)
    path: Path | None = None
    root: Path = field(default_factory=Path.cwd)

    @property
    def output(self) -> Path:
        """The folder that *out* names."""
        return self.root / self.out


def load_config(start: Path, explicit: Path | None = None) -> Config:
    """The configuration of the templates at *start*: the file nearest upward, taken whole.

    ``promptc.toml`` goes before ``pyproject.toml``, and a ``pyproject.toml`` without
    ``[tool.promptc]`` doesn't count. *explicit* is read instead of any. Raises `ConfigError`.
    """
    if explicit is not None:
        return _load_named(explicit.absolute())
    start = start.resolve()
    for folder in (start, *start.parents):
        path = folder / FILE
        if os.path.lexists(path):
            return _config(read_toml(path), path)
        section = _section(folder / PYPROJECT)
        if section is not None:
            return _config(section, folder / PYPROJECT)
    return Config()


def init(folder: Path) -> Path:
    """Write a commented ``promptc.toml`` into *folder*; raise `ConfigError` if it has a config."""
    path = folder / FILE
    if _section(folder / PYPROJECT) is not None:
        where = display(folder / PYPROJECT)
        raise ConfigError(f"{where}: has [tool.promptc] already, which {FILE} would hide; edit it")
    draft = folder / f".{FILE}.{os.getpid()}"
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(example())
        try:
            path.hardlink_to(draft)
        finally:
            draft.unlink()
    except FileExistsError:
        raise ConfigError(f"{display(path)}: is there already; edit it, or remove it") from None
    except OSError as error:
        raise ConfigError(f"{display(path)}: can't be written ({error.strerror})") from None
    return path


def example(table: str = "") -> str:
    """Every key, commented out, with its default and its meaning.

    *table*: the dotted name of the table that it becomes: ``"tool.promptc"`` for
    ``pyproject.toml``.
    """
    text = (Path(__file__).parent.parent / "data" / "promptc.toml.example").read_text(
        encoding="utf-8"
    )
    if not table:
        return text
    return f"[{table}]\n" + re.sub(r"^#(\[+)", rf"#\1{table}.", text, flags=re.MULTILINE)


def _load_named(path: Path) -> Config:
    if path.name != PYPROJECT:
        return _config(read_toml(path), path)
    section = _promptc(read_toml(path))
    if section is None:
        raise ConfigError(f"{display(path)}: has no [tool.promptc]; add it, or name another file")
    return _config(section, path)


def _section(path: Path) -> Value | None:
    """``[tool.promptc]`` of *path*, ``None`` where there is none."""
    if not path.is_file():
        return None
    data = read_bytes(path, display(path), ConfigError)
    # Most projects don't speak of promptc, and reading TOML takes time.
    return _promptc(parse_toml(data, display(path))) if b"promptc" in data else None


def _promptc(whole: Value) -> Value | None:
    tool = whole.table().get("tool")
    return tool.table().get("promptc") if tool is not None else None


def _config(value: Value, path: Path) -> Config:
    return replace(Config(**value.fields(_readers(path.parent))), path=path, root=path.parent)


def _readers(folder: Path) -> dict[str, Reader]:
    """How each key is read; paths are relative to *folder*."""
    return KEYS | {
        "prices": lambda value: value.existing_file(folder),
        "tokenizer": lambda value: value.existing_file(folder),
    }


def _globs(value: Value) -> tuple[str, ...]:
    return tuple(_glob(item, item.text()) for item in value.items())


def _glob(value: Value, text: str) -> str:
    if read_pattern(text) is None:
        raise value.error(f"{text!r} is not a pattern; write it as in .gitignore")
    return text


def _engines(value: Value) -> tuple[tuple[str, str], ...]:
    table = value.table().items()
    return tuple((_glob(engine, glob), engine.choice(get_args(Engine))) for glob, engine in table)


def _jinja(value: Value) -> Syntax:
    fields = value.fields(JINJA_KEYS)
    stated = not fields.keys().isdisjoint({"trim_blocks", "lstrip_blocks"})
    return Syntax(**fields, stated=stated)


def _extensions(value: Value) -> tuple[str, ...]:
    return tuple(item.choice(EXTENSIONS) for item in value.items())


def _names(value: Value) -> tuple[str, ...]:
    return tuple(item.matching(_JINJA_NAME, "a name as Jinja reads it") for item in value.items())


def _passes(value: Value) -> dict[str, Mapping[str, object] | bool]:
    return {name: _pass(name, setting) for name, setting in value.table().items()}


def _pass(name: str, value: Value) -> Mapping[str, object] | bool:
    if not _PASS.fullmatch(name):
        raise value.error(f"{name!r} is not a pass; names of passes look like 'collapse-spaces'")
    if isinstance(value.data, bool):
        return value.data
    if not isinstance(value.data, dict):
        raise value.must("a table of options, true or false")
    return value.variables()


JINJA_KEYS: dict[str, Reader] = {
    "trim_blocks": Value.flag,
    "lstrip_blocks": Value.flag,
    "keep_trailing_newline": Value.flag,
    "line_statement_prefix": Value.text,
    "line_comment_prefix": Value.text,
    "extensions": _extensions,
}

KEYS: dict[str, Reader] = {
    "model": Value.text,
    "level": partial(Value.whole, most=3),
    "quality": partial(Value.choice, names=get_args(Quality)),
    "out": Value.text,
    "include": _globs,
    "exclude": _globs,
    "engines": _engines,
    "jinja": _jinja,
    "filters": _names,
    "tests": _names,
    "globals": _names,
    "passes": _passes,
    "set": Value.variables,
    "budget": partial(Value.whole, least=1),
    "calls_per_month": Value.whole,
    "calls_per_request": partial(Value.whole, least=1),
    "output_tokens": Value.whole,
    "cache_hits": Value.share,
    "prices": Value.text,
    "tokenizer": Value.text,
    "check": gate,
}
