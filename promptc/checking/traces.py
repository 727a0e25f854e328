"""Every path whose change may change what a check finds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from promptc.checking.flow import Request
    from promptc.checking.state import State

#: What is remembered of a path: when it was written and its size; ``None``: it is not there.
Stamp: TypeAlias = "tuple[int, int] | None"

_CONFIG = ("promptc.toml", "pyproject.toml")
_IGNORE = ".gitignore"


def stamps(paths: Iterable[str]) -> dict[str, Stamp]:
    """What stands at *paths* now."""
    return {path: _stamp(path) for path in paths}


def same(known: Mapping[str, Stamp]) -> bool:
    """Whether everything still stands as it did."""
    return all(_stamp(path) == stamp for path, stamp in known.items())


def traces(state: State, request: Request) -> frozenset[str]:
    """The files and folders that the check of *request* read, and those that it looked for."""
    return frozenset(os.fspath(path) for path in _traces(state, request))


def asked(request: Request) -> frozenset[str]:
    """The paths that *request* names, and the files beside and above that may decide about them."""
    return frozenset(os.fspath(path) for path in (*request.build.paths, *_above(request)))


def _above(request: Request) -> Iterator[Path]:
    for given in request.build.paths:
        start = given.resolve()
        for folder in (start, *start.parents):
            yield from (folder / name for name in (*_CONFIG, _IGNORE))
    if request.build.config is not None:
        yield request.build.config


def _traces(state: State, request: Request) -> Iterator[Path]:
    for path, found in state.found.items():
        yield path
        yield path.with_name(f"{path.name}.toml")
        yield from (found.root / name for name in state.outcomes[path].includes)
    for folder in state.inputs.folders:
        yield folder
        yield folder / _IGNORE
    yield from _above(request)
    config = state.config
    stated = config.root / config.check.baseline if config.check.baseline else None
    files = (config.path, config.prices, config.tokenizer, request.baseline, stated)
    yield from (path for path in files if path is not None)
    yield from _git(state.inputs.top)


def _git(folder: Path) -> Iterator[Path]:
    """What moves when the commit changes that is checked out, or the files that git knows."""
    home = next(
        (each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None
    )
    if home is None:
        return
    if home.is_file():
        told = home.read_text(encoding="utf-8", errors="replace")
        home = home.parent / told.removeprefix("gitdir:").strip()
    yield from (home / "HEAD", home / "index")
    common = home / "commondir"
    shared = home / common.read_text().strip() if common.exists() else home
    yield shared / "packed-refs"
    try:
        ref = (home / "HEAD").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if ref.startswith("ref:"):
        yield shared / ref.removeprefix("ref:").strip()


def _stamp(path: str) -> Stamp:
    try:
        info = os.stat(path)  # noqa: PTH116 - ten thousand of them, and no `Path` needed
    except OSError:
        return None
    return info.st_mtime_ns, info.st_size
