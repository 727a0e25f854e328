"""Which promptc this is: the version, and what tells an edited checkout from the one before."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from promptc.building.cache import key
from promptc.version import __version__


@lru_cache(maxsize=1)
def edition() -> str:
    """A hash of the version and of when each file of the package was written."""
    package = Path(__file__).parents[1]
    files = (*package.rglob("*.py"), *(package / "data").iterdir())
    stats = sorted((path.as_posix(), path.stat()) for path in files)
    edits = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats]
    return key(__version__, *edits)
