"""The last result of the same check, where nothing that it read has changed since.

Kept so that a hook over a repository in which nothing changed neither imports the compiler nor
reads a template: it looks at each file once. What was written so shortly before the look that
another write could bear the same time is not trusted, as in git's index.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from promptc.building.cache import Cache, key
from promptc.building.edition import edition
from promptc.checking.traces import Stamp, same
from promptc.findings import Checked, Finding, Place
from promptc.results import Failure

CACHE = ".promptc_cache"
_TICK = 20_000_000
"""Nanoseconds within which two writes may bear the same time."""


def named(asked: Sequence[object]) -> str:
    """The name of the entry for the check that was *asked* for, here and today."""
    return key("checked", edition(), os.fspath(Path.cwd()), date.today().isoformat(), repr(asked))


def recall(name: str, start: Path) -> Checked | None:
    """The result under *name*, if all that it read is as it was; *start* is a path it is about."""
    for folder in dict.fromkeys((Path.cwd(), *Path.cwd().parents, *start.absolute().parents)):
        if not (folder / CACHE).is_dir():
            continue
        value = Cache(folder / CACHE).get(name)
        if value is None:
            continue
        try:
            return _checked(value["checked"]) if same(_stamps(value["stamps"])) else None
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
    return None


def remember(
    name: str, checked: Checked, known: Mapping[str, Stamp], *, began: int, folder: Path
) -> None:
    """Keep *checked* under *name* in the cache below *folder*, if it can be trusted.

    It began to read at *began*, in nanoseconds, and *known* was seen when it was done: what bears
    an older time was not written in between.
    """
    newest = max((stamp[0] for stamp in known.values() if stamp), default=0)
    if newest < began - _TICK:
        cache = Cache(folder / CACHE)
        cache.put(name, {"checked": asdict(checked), "stamps": dict(known)})


def _stamps(value: Mapping[str, Any]) -> dict[str, Stamp]:
    return {path: None if stamp is None else (stamp[0], stamp[1]) for path, stamp in value.items()}


def _checked(value: Mapping[str, Any]) -> Checked:
    lists = {name: tuple(value[name]) for name in ("notes", "fixed", "paths")}
    return Checked(
        **{
            **value,
            **lists,
            "findings": tuple(map(_finding, value["findings"])),
            "failures": tuple(Failure(*each) for each in value["failures"]),
        }
    )


def _finding(value: Mapping[str, Any]) -> Finding:
    return Finding(**{**value, "others": tuple(Place(*each) for each in value["others"])})
