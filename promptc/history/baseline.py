"""``promptc-baseline.json``: how many tokens each template may take, and only ever fewer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from promptc.atomic import write
from promptc.errors import ConfigError, nearest
from promptc.paths import display, read_bytes

FILE = "promptc-baseline.json"
VERSION = 1
_KEYS = ("version", "model", "tokenizer", "templates")
_COUNTS = ("tokens", "worst")
_ANEW = "delete it, and write it anew with promptc check --update-baseline"


class Recorded(NamedTuple):
    """Tokens of one template: the mean of its samples, or its static ones, and the worst sample."""

    tokens: float
    worst: int


@dataclass(frozen=True)
class Baseline:
    """What was recorded, by the path of a template below the folder of the file, with slashes."""

    model: str
    tokenizer: str
    templates: Mapping[str, Recorded] = field(default_factory=dict)


class Update(NamedTuple):
    """A tightened baseline. *grown* are templates above what is recorded, which stays as it is."""

    baseline: Baseline
    added: tuple[str, ...]
    lowered: tuple[str, ...]
    removed: tuple[str, ...]
    grown: tuple[str, ...]


def key(template: Path, baseline: Path) -> str:
    """What *template* is called in the file *baseline*."""
    folder = baseline.parent.resolve()
    path = template.parent.resolve() / template.name
    return Path(os.path.relpath(path, folder)).as_posix()


def load(path: Path) -> Baseline:
    """Read a baseline; raise `ConfigError`, which names the file and the entry, if it is wrong."""
    data = read_bytes(path, display(path), ConfigError)
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{display(path)}: not JSON ({error}); {_ANEW}") from None
    fields = _table(whole, display(path))
    _refuse_unknown(fields, _KEYS, display(path))
    if fields.get("version") != VERSION:
        raise ConfigError(
            f"{display(path)}: version {fields.get('version')!r}, and this is a promptc that "
            f"reads version {VERSION}; {_ANEW}"
        )
    model, tokenizer = (_text(fields, name, path) for name in ("model", "tokenizer"))
    entries = _table(fields.get("templates"), f"{display(path)}: templates")
    recorded = {name: _recorded(entry, name, path) for name, entry in entries.items()}
    return Baseline(model, tokenizer, recorded)


def save(path: Path, baseline: Baseline) -> None:
    """Write *baseline*, sorted, so that two branches merge; a reader never sees a part of it."""
    templates = {
        name: {"tokens": _short(each.tokens), "worst": each.worst}
        for name, each in sorted(baseline.templates.items())
    }
    whole = {
        "version": VERSION,
        "model": baseline.model,
        "tokenizer": baseline.tokenizer,
        "templates": templates,
    }
    write(path, (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode())


def tightened(old: Baseline | None, now: Baseline, *, gone: Iterable[str] = ()) -> Update:
    """What `--update-baseline` makes of *old*: entries of *now* are added or lowered, never raised.

    *gone* are templates that were deleted. A template that may grow is taken out by hand first.
    """
    if old is None:
        return Update(now, tuple(sorted(now.templates)), (), (), ())
    removed = tuple(sorted(set(gone) & set(old.templates)))
    kept = {name: each for name, each in old.templates.items() if name not in removed}
    added, lowered, grown = [], [], []
    for name, each in sorted(now.templates.items()):
        before = old.templates.get(name)
        if before is None:
            added.append(name)
            kept[name] = each
            continue
        least = Recorded(min(before.tokens, each.tokens), min(before.worst, each.worst))
        if least != before:
            lowered.append(name)
        if each.tokens > before.tokens or each.worst > before.worst:
            grown.append(name)
        kept[name] = least
    new = Baseline(now.model, now.tokenizer, kept)
    return Update(new, tuple(added), tuple(lowered), removed, tuple(grown))


def refuse_other(baseline: Baseline, path: Path, *, tokenizer: str) -> None:
    """Raise `ConfigError` where *baseline* was counted with another tokenizer."""
    if baseline.tokenizer != tokenizer:
        raise ConfigError(
            f"{display(path)}: counted with {baseline.tokenizer}, and the model in force counts "
            f"with {tokenizer}; {_ANEW}"
        )


def _recorded(value: object, name: str, path: Path) -> Recorded:
    where = f"{display(path)}: templates: {name!r}"
    fields = _table(value, where)
    _refuse_unknown(fields, _COUNTS, where)
    tokens, worst = (_count(fields, each, where) for each in _COUNTS)
    if worst != int(worst):
        _refuse(where, "worst", worst)
    return Recorded(tokens, int(worst))


def _count(fields: Mapping[str, Any], name: str, where: str) -> float:
    value = fields.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
        return value
    _refuse(where, name, value)


def _refuse(where: str, name: str, value: object) -> NoReturn:
    raise ConfigError(f"{where}: {name!r} is a number of tokens from 0 up, not {value!r}")


def _text(fields: Mapping[str, Any], name: str, path: Path) -> str:
    value = fields.get(name)
    if isinstance(value, str) and value:
        return value
    raise ConfigError(f"{display(path)}: {name!r} is a name, not {value!r}; {_ANEW}")


def _table(value: object, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ConfigError(f"{where}: a table is expected here, not {value!r}; {_ANEW}")


def _refuse_unknown(fields: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in fields:
        if name not in known:
            raise ConfigError(f"{where}: unknown key {name!r}; {nearest(name, known)}")


def _short(number: float) -> float:
    """A whole number where it is one."""
    return int(number) if number == int(number) else round(number, 6)
