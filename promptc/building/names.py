"""Say which names an output may have, the same on every system that may read the folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from promptc.errors import PromptcError

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


def refuse_names(names: Iterable[str]) -> None:
    """Raise `PromptcError` where *names* can't stand together in one folder on every system."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        why = fault(name)
        if why:
            raise PromptcError(f"{name!r} {why}; rename the template")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise PromptcError(
                f"{other!r} and {name!r} are one file where case does not count; rename one"
            )
    for folded, name in seen.items():
        for parent in PurePosixPath(folded).parents:
            if str(parent) in seen:
                raise PromptcError(
                    f"{seen[str(parent)]!r} is a file, and {name!r} needs a folder of that name; "
                    "rename one"
                )
