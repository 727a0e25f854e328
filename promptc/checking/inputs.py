"""Which templates a check is about: those named, and those that bring in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from promptc.config import FILE, PYPROJECT, Config
from promptc.config.sidecar import SUFFIX
from promptc.errors import TemplateError
from promptc.files import Discovered, Found, discover, is_sidecar
from promptc.files.dependents import dependents, rooted, widened
from promptc.paths import read_bytes
from promptc.results import Failure


class Inputs(NamedTuple):
    """The templates to check, by path; *failures* are files that are none.

    *top* is the folder that holds the project: no template is looked for outside of it. *folders*
    are those that were walked.
    """

    found: tuple[Found, ...]
    failures: tuple[Failure, ...]
    top: Path
    folders: tuple[Path, ...] = ()


def inputs(paths: Sequence[Path], config: Config, out: Path) -> Inputs:
    """Find the templates that *paths* name.

    A folder stands for the templates in it. A file stands for itself and for every template of the
    project that brings it in; a sidecar for its template; a configuration file for the project.
    """
    top = project(paths[0], config)
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    if any(path.name in (FILE, PYPROJECT) for path in files):
        folders, files = [*folders, top], [f for f in files if f.name not in (FILE, PYPROJECT)]
    seen = discover(folders, config, out=out) if folders else Discovered((), ())
    found = {each.path: each for each in seen.found}
    failures, walked = list(seen.failures), seen.folders
    if files:
        named = [_template(path) for path in files]
        more = _widened(named, config, out, top)
        failures += more.failures
        walked = (*walked, *more.folders)
        for each in more.found:
            found.setdefault(each.path, each)
    return Inputs(tuple(found[path] for path in sorted(found)), tuple(failures), top, walked)


def project(path: Path, config: Config) -> Path:
    """The folder of the configuration file or of the git repository, whichever is nearer.

    Without either, the working folder, or else the folder that *path* names.
    """
    start = path.resolve()
    around = (start, *start.parents)
    known = config.root.resolve() if config.path is not None else None
    for folder in around:
        if folder == known or (folder / ".git").exists():
            return folder
    here = Path.cwd()
    return here if start.is_relative_to(here) else start if start.is_dir() else start.parent


def _template(path: Path) -> Path:
    """The template that a named file is about."""
    return path.with_name(path.name.removesuffix(SUFFIX)) if is_sidecar(path.name) else path


def _widened(named: list[Path], config: Config, out: Path, top: Path) -> Discovered:
    """The templates in *named* and all that bring one of them in."""
    asked = [path.parent.resolve() / path.name for path in named]
    own = discover(named, config, out=None)
    every = discover([top], config, out=out)
    known = {each.path: each for each in (*every.found, *own.found)}
    texts: dict[Path, str] = {}

    def read(path: Path) -> str:
        if path not in texts:
            texts[path] = _text(path)
        return texts[path]

    naming = dependents(known.values(), read, top)
    wanted = widened(asked, naming)
    found = [
        rooted(_below(known[path], top), read(path), top) for path in sorted(wanted & known.keys())
    ]
    return Discovered(tuple(found), own.failures, every.folders)


def _below(found: Found, top: Path) -> Found:
    """*found* named from *top*, if it lies there."""
    if not found.path.is_relative_to(top):
        return found
    return replace(found, root=top, name=found.path.relative_to(top).as_posix())


def _text(path: Path) -> str:
    try:
        return read_bytes(path, path.name, TemplateError).decode(errors="replace")
    except TemplateError:
        return ""
