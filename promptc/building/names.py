"""Say which names an output may have, the same on every system that may read the folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePosixPath

from promptc.errors import PromptcError
from promptc.paths import shown

PRIVATE = ".gen"
MANIFEST = "manifest.json"
LEDGER = "ledger.json"
LOCK = "promptc.lock"

_KEPT = frozenset({PRIVATE, MANIFEST, LEDGER, LOCK})
_DEVICES = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{kind}{number}" for kind in ("com", "lpt") for number in "123456789¹²³"
}
_FORBIDDEN = frozenset('<>:"\\|?*')
_UNREADABLE = frozenset({"Cc", "Cs"})


@lru_cache(maxsize=100_000)
def fault(name: str) -> str:
    """Say what is wrong with *name* as the path of an output; empty where nothing is.

    >>> fault("rag/ask.j2"), fault("../ask.j2")
    ('', "leaves the folder by '..'")
    """
    parts = name.split("/")
    if any(unicodedata.category(char) in _UNREADABLE for char in name):
        return "holds a control character"
    if name.startswith("/"):
        return "is an absolute path"
    if ".." in parts:
        return "leaves the folder by '..'"
    if "" in parts or "." in parts:
        return "is not a plain relative path"
    if parts[0].casefold() in _KEPT:
        return f"is a name that promptc keeps for itself ({', '.join(sorted(_KEPT))})"
    return next(filter(None, map(_part_fault, parts)), "")


def _part_fault(part: str) -> str:
    bad = sorted(_FORBIDDEN.intersection(part))
    if bad:
        return f"holds {bad[0]!r}, which Windows does not allow in a name"
    if part[-1] in ". ":
        return f"has a part that ends with {part[-1]!r}, which Windows drops"
    if part.split(".")[0].rstrip().casefold() in _DEVICES:
        return f"has the part {part!r}, which Windows reads as a device"
    return ""


def faults(names: Iterable[str]) -> dict[str, str]:
    """Say what keeps some of *names* out of a folder that every system can hold, and what to do.

    >>> faults(["Ask.j2", "ask.j2", "b.j2"])["ask.j2"]
    "'Ask.j2' and 'ask.j2' are one file where case does not count; rename one"
    """
    found: dict[str, str] = {}
    same: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        why = fault(name)
        if why:
            found[name] = f"this name {why}; rename the template"
        same.setdefault(name.casefold(), []).append(name)
    for folded, group in same.items():
        if len(group) > 1:
            told = f"{' and '.join(map(repr, group))} are one file where case does not count"
            found.update(dict.fromkeys(group, f"{told}; rename one"))
        for parent in map(str, PurePosixPath(folded).parents):
            for one in same.get(parent, ()) if parent != folded else ():
                told = f"{one!r} is a file, and {group[0]!r} needs a folder of that name"
                found.update(dict.fromkeys((one, *group), f"{told}; rename one"))
    return found


def refuse_names(names: Iterable[str]) -> None:
    """Raise `PromptcError` where *names* can't stand together in one folder on every system."""
    for name, why in sorted(faults(names).items()):
        raise PromptcError(f"{shown(name)}: {why}")
