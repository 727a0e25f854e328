"""Say where a folder of templates lies, seen from the output folder it is built into."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from promptc.config import Config


def relative(root: Path, out: Path) -> str:
    """The way from *out* to *root*, with slashes; *root* itself where it is on another disk.

    >>> relative(Path("/srv/prompts/chat"), Path("/srv/build"))
    '../prompts/chat'
    """
    try:
        return Path(os.path.relpath(root, out)).as_posix()
    except ValueError:
        return root.as_posix()


def shared(root: Path, out: Path, config: Config) -> bool:
    """Whether one project holds both, so that the way between them is the same on every machine."""
    return any(
        root.is_relative_to(each) and out.is_relative_to(each) for each in _projects(config, root)
    )


def trusted(roots: Iterable[Path], files: Sequence[Path], config: Config) -> tuple[Path, ...]:
    """Those of *roots* that may give *files* their names, the innermost first.

    What a template includes is looked for below its root, and a lock may come with someone else's
    pull request: a root counts only inside the project of the file.
    """
    good = {
        root
        for root in roots
        for file in files
        if file.is_relative_to(root)
        and any(root.is_relative_to(each) for each in _projects(config, file.parent))
    }
    return tuple(sorted(good, key=lambda each: (-len(each.parts), each)))


def _projects(config: Config, folder: Path) -> tuple[Path, ...]:
    """The folders that move from machine to machine as a whole and hold *folder*."""
    git = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    return (config.root.resolve(), Path.cwd(), *list(git)[:1])
