"""What the ``.gitignore`` files of a repository leave out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promptc.errors import TemplateError
from promptc.globs import Pattern, decide, read_pattern
from promptc.paths import display, read_bytes

FILE = ".gitignore"


@dataclass(frozen=True)
class Ignoring:
    """The patterns that hold in one folder, those of outer folders first, relative to *top*.

    Only ``.gitignore`` files count, up to the top of the git repository: what a user's own git
    settings ignore may differ from machine to machine.
    """

    top: Path
    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def above(cls, folder: Path) -> Ignoring:
        """What holds for *folder* before its own file is read; the user named it, so it counts."""
        top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
        ignoring = cls(top)
        for each in reversed(folder.parents):
            if each.is_relative_to(top):
                ignoring = ignoring.inside(each)
        return ignoring

    def inside(self, folder: Path) -> Ignoring:
        """What holds in *folder*, its own file included; raise `TemplateError` on a bad one."""
        path = folder / FILE
        if path.is_symlink() or not path.exists():
            return self
        text = read_bytes(path, display(path), TemplateError).decode(errors="surrogateescape")
        base = "/".join(folder.relative_to(self.top).parts)
        lines = (line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n"))
        read = (read_pattern(line, base) for line in lines)
        new = (pattern for pattern in read if pattern is not None)
        return Ignoring(self.top, (*self.patterns, *new))

    def ignores(self, path: Path, *, folder: bool) -> bool:
        """Whether *path*, whose folders are not ignored, is."""
        name = path.relative_to(self.top).as_posix() if self.patterns else ""
        return decide(self.patterns, name, folder=folder)
