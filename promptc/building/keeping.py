"""Decide what a build leaves alone: an output goes only when its source is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from promptc.building.earlier import Earlier
from promptc.building.names import faults
from promptc.errors import ConfigError
from promptc.files import Found
from promptc.paths import display


@dataclass(frozen=True)
class Sources:
    """What a build looked at: the *paths* it was given, and the templates it *found* there.

    *failed* are names that could not be compiled, of templates and of folders.
    """

    paths: Sequence[Path]
    found: Sequence[Found]
    failed: frozenset[str] = frozenset()

    @cached_property
    def partial(self) -> bool:
        """Whether files were named, so that what else was built before is not asked about."""
        return not all(path.is_dir() for path in self.paths)

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """The folders that were walked whole; where nothing but failures came up, nothing was."""
        walked = {path.resolve() for path in self.paths if path.is_dir()}
        seen = {above for each in self.found for above in each.path.parents}
        return tuple(walked & seen if self.failed else walked)

    @cached_property
    def by_path(self) -> Mapping[Path, str]:
        """The name of each template, by its file."""
        return {each.path: each.name for each in self.found}

    @cached_property
    def by_folded(self) -> Mapping[str, Found]:
        """Each template, by its name as a system reads it to which case does not count."""
        return {each.name.casefold(): each for each in self.found}

    def folder(self, name: str) -> Path | None:
        """The folder that *name* is relative to; ``None`` where nothing says so."""
        if len(self.paths) == 1 and self.paths[0].is_dir():
            return self.paths[0]
        roots = {each.root for each in self.found if each.name == name}
        if not roots and len(self.paths) == 1:
            above = (self.paths[0].parent.resolve() / self.paths[0].name).parents
            roots = set(above[name.count("/") : name.count("/") + 1])
        return next(iter(roots), None)

    def walked(self, source: Path) -> bool:
        """Whether *source* would have been found if it were still a template."""
        return any(source.is_relative_to(each) for each in self.folders)

    def failing(self, name: str, source: Path | None) -> bool:
        """Whether the template *name*, or what stands in its file now, could not be compiled."""
        above = {"/".join(name.split("/")[:end]) for end in range(1, name.count("/") + 2)}
        now = self.by_path.get(source, "") if source else ""
        return now in self.failed or not self.failed.isdisjoint(above)


def keeps(earlier: Earlier, sources: Sources, name: str) -> bool:
    """Whether what stands under *name*, which this build did not make, stays as it is.

    It goes when its source is no template any more under the folders that were built, or is gone
    from where it was, or is built now under another name.
    """
    source = earlier.source(name)
    if sources.failing(name, source):
        return True
    if source in sources.by_path:
        return False
    heir = sources.by_folded.get(name.casefold())
    if heir and source and heir.name not in sources.failed and not _elsewhere(source, heir):
        return False
    if sources.partial or source is None:
        return sources.partial
    return not (sources.walked(source) or _gone(source))


def renamed(earlier: Earlier, sources: Sources, name: str) -> str:
    """The name under which the source of *name* is built now; empty where that is no other."""
    source = earlier.source(name)
    now = sources.by_path.get(source, "") if source else ""
    return now if now != name and now not in sources.failed else ""


def misplaced(earlier: Earlier, sources: Sources) -> dict[str, str]:
    """Say of each template whose output can't stand in the folder why, and what to do.

    Either its name is none for every system, or the output of another template stands there whose
    source still exists.
    """
    wrong = faults(each.name for each in sources.found)
    for name in earlier.names:
        one = sources.by_folded.get(name.casefold())
        source = earlier.source(name)
        if one is None or source is None or source in sources.by_path:
            continue
        unread = not sources.walked(source) or sources.failing(name, source)
        if unread and _elsewhere(source, one):
            wrong[one.name] = (
                f"its output would replace that of {display(source)}; build each of the two "
                "folders with its own -o"
            )
    return wrong


def refuse_inner(earlier: Earlier, paths: Sequence[Path]) -> None:
    """Raise `ConfigError` where a folder is given that lies in the one *earlier* was built from.

    Its templates would get other names than they have, and lose the outputs that they have.
    """
    given = {path.resolve() for path in paths if path.is_dir()}
    outer = [each for each in given if given.isdisjoint(each.parents)]
    for folder in sorted(outer):
        for root in sorted(earlier.roots.intersection(folder.parents)):
            if _in_use(earlier, root):
                out = display(earlier.out)
                raise ConfigError(
                    f"{out}: was built from {display(root)}, which holds {display(folder)}; build "
                    f"{display(root)}, or delete {out} first, or choose another -o"
                )


def _elsewhere(source: Path, one: Found) -> bool:
    """Whether *source* is there, and is another file than that of *one*."""
    if _gone(source):
        return False
    try:
        return not source.samefile(one.path)
    except OSError:
        return True


def _in_use(earlier: Earlier, root: Path) -> bool:
    sources = (earlier.source(name) for name in earlier.names)
    return any(each.is_relative_to(root) and not _gone(each) for each in sources if each)


def _gone(source: Path) -> bool:
    """Whether there is no such file; one that may not be looked at is there."""
    try:
        source.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
