"""TOML files as values that know where they stand and refuse what they can't be."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from promptc.config.positions import Keys, positions
from promptc.errors import ConfigError, nearest
from promptc.paths import display, neighbors, read_bytes
from promptc.source import Source

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Value:
    """One value of a TOML file, the keys that lead to it, and the file."""

    data: object
    keys: Keys
    file: Source

    def error(self, message: str) -> ConfigError:
        """A `ConfigError` that says where this value stands."""
        return ConfigError(f"{self.where}: {message}")

    @property
    def where(self) -> str:
        """File, line and column of the key; of the nearest table around where it has none."""
        found = _positions(self.file)
        known = (self.keys[:n] for n in range(len(self.keys), 0, -1) if self.keys[:n] in found)
        keys = next(known, None)
        return self.file.name if keys is None else self.file.locate(found[keys])

    @property
    def key(self) -> str:
        """The dotted key, items of arrays counted from 1."""
        parts = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in self.keys)
        return "".join(parts).removeprefix(".")

    def must(self, what: str) -> ConfigError:
        """A `ConfigError`: the value must be *what*."""
        text = repr(self.data)
        text = text if len(text) <= 40 else f"{text[:39]}…"
        return self.error(f"'{self.key}' must be {what}, not {text}")

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.data, str):
            raise self.must("a text in quotes")
        if not self.data.strip():
            raise self.must("a text that is not empty")
        return self.data

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.data, bool):
            raise self.must("true or false")
        return self.data

    def whole(self, least: int = 0, most: float = math.inf) -> int:
        """A whole number from *least* to *most*."""
        number = self.data
        if type(number) is int and least <= number <= most:
            return number
        limits = f"of at least {least}" if most == math.inf else f"from {least} to {most}"
        raise self.must(f"a whole number {limits}")

    def share(self) -> float:
        """Read a number from 0 to 1."""
        number = self.data
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise self.must("a share, a number from 0 to 1")
        return float(number)

    def matching(self, pattern: re.Pattern[str], what: str) -> str:
        """A text that *pattern* matches whole."""
        text = self.text()
        if not pattern.fullmatch(text):
            raise self.must(what)
        return text

    def choice(self, names: Iterable[str]) -> str:
        """One of *names*."""
        text, known = self.text(), list(names)
        if text not in known:
            raise self.error(f"unknown {self.key} {text!r}; {nearest(text, known)}")
        return text

    def items(self) -> tuple[Value, ...]:
        """The items of an array."""
        if not isinstance(self.data, list):
            raise self.must("an array in [ ]")
        return tuple(Value(item, (*self.keys, n), self.file) for n, item in enumerate(self.data))

    def texts(self) -> tuple[str, ...]:
        """An array of texts."""
        return tuple(item.text() for item in self.items())

    def table(self) -> dict[str, Value]:
        """A table's values by key."""
        if not isinstance(self.data, dict):
            raise self.must("a table")
        return {key: Value(item, (*self.keys, key), self.file) for key, item in self.data.items()}

    def fields(self, readers: Mapping[str, Reader]) -> dict[str, Any]:
        """A table with the keys of *readers* at most, each value read by its reader."""
        table = self.table()
        for key, value in table.items():
            if key not in readers:
                raise value.error(f"unknown key '{value.key}'; {nearest(key, readers)}")
        return {key: readers[key](value) for key, value in table.items()}

    def plain(self) -> object:
        """Texts, numbers, true, false, and arrays and tables of them: what JSON can hold."""
        if isinstance(self.data, dict):
            return {key: value.plain() for key, value in self.table().items()}
        if isinstance(self.data, list):
            return [item.plain() for item in self.items()]
        if isinstance(self.data, float) and not math.isfinite(self.data):
            raise self.must("a finite number")
        if not isinstance(self.data, str | int | float):
            raise self.error(f"'{self.key}' is a date, which a lock can't record; put it in quotes")
        return self.data

    def variables(self) -> dict[str, object]:
        """A table of template variables."""
        for key, value in self.table().items():
            if not key.isidentifier():
                raise value.error(f"{key!r} can't be a variable's name; use letters, digits and _")
        return {key: value.plain() for key, value in self.table().items()}

    def existing_file(self, folder: Path) -> Path:
        """A file that is there; its path is relative to *folder*."""
        path = folder / self.text()
        if not path.is_file():
            raise self.error(f"'{self.key}': no such file {display(path)}; {neighbors(path)}")
        return path


Reader: TypeAlias = Callable[[Value], object]


def read_toml(path: Path) -> Value:
    """The whole of a TOML file; raise `ConfigError` where it can't be read."""
    name = display(path)
    return parse_toml(read_bytes(path, name, ConfigError), name)


def parse_toml(data: bytes, name: str) -> Value:
    """The whole of a TOML file whose bytes are *data*."""
    file = Source(_decoded(data, name), name)
    try:
        return Value(tomllib.loads(file.raw), (), file)
    except RecursionError:
        raise ConfigError(f"{name}: arrays or tables are nested too deep; flatten them") from None
    except ValueError as error:
        raise ConfigError(_not_toml(str(error), file)) from None


def _decoded(data: bytes, name: str) -> str:
    data = data.removeprefix(_BOM)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        good = Source(data[: error.start].decode(), name)
        where, byte = good.locate(len(good.text)), data[error.start]
        message = f"{where}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
        raise ConfigError(message) from None


def _not_toml(message: str, file: Source) -> str:
    match = _AT.search(message)
    if match is None:
        return f"{file.name}: not valid TOML: {message}"
    where = f"{file.name}:{match[1]}:{match[2]}" if match[1] else file.locate(len(file.text))
    return f"{where}: not valid TOML: {_AT.sub('', message)}; quote texts, one key = value a line"


@lru_cache(maxsize=4)
def _positions(file: Source) -> dict[Keys, int]:
    return positions(file.text)
