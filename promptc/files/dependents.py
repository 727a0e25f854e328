"""Which templates name which others, told from their text alone: nothing is parsed.

A name in an ``include`` says where the folder of templates is that its author meant: the one below
which the named file stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from promptc.errors import TemplateError
from promptc.files import Found
from promptc.files.includes import joined

_TAG = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\b(.*?)%\}", re.DOTALL)
_NAME = re.compile(r"""(["'])((?:(?!\1)[^\\\n])+)\1""")


def named(text: str) -> tuple[str, ...]:
    """Every name that a tag of *text* may bring in.

    >>> named('{% extends "base.j2" %}{% include ["a.j2", "b.j2"] %}')
    ('base.j2', 'a.j2', 'b.j2')
    """
    if "{%" not in text:
        return ()
    tags = (match[1] for match in _TAG.finditer(text))
    return tuple(match[2] for tag in tags for match in _NAME.finditer(tag))


def rooted(found: Found, text: str, top: Path) -> Found:
    """*found* below the folder that the names in it are relative to, if that can be told.

    It stays where all of its names lead somewhere, or none does anywhere. Otherwise the nearest
    folder from its own up to *top* counts below which the most of them are.
    """
    names = named(text)
    if not names or all(_target(found.path, found.root, name) for name in names):
        return found
    best, most = found.root, _reached(found, found.root, names)
    for folder in found.path.parents:
        count = _reached(found, folder, names)
        if count > most:
            best, most = folder, count
        if folder == top:
            break
    if best == found.root:
        return found
    return replace(found, root=best, name=found.path.relative_to(best).as_posix())


def dependents(
    all_found: Iterable[Found], read: Callable[[Path], str], top: Path
) -> Mapping[Path, frozenset[Path]]:
    """For each file that a template names, the templates that name it, each by its real path."""
    found: dict[Path, set[Path]] = defaultdict(set)
    for each in all_found:
        text = read(each.path)
        here = rooted(each, text, top)
        for name in named(text):
            target = _target(here.path, here.root, name)
            if target is not None:
                found[target].add(each.path)
    return {path: frozenset(paths) for path, paths in found.items()}


def widened(asked: Iterable[Path], naming: Mapping[Path, frozenset[Path]]) -> frozenset[Path]:
    """*asked*, and every template that brings one of them in, directly or through others."""
    seen: set[Path] = set()
    waiting = list(asked)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += naming.get(path.resolve(), ())
    return frozenset(seen)


def _reached(found: Found, root: Path, names: Iterable[str]) -> int:
    return sum(_target(found.path, root, name) is not None for name in names)


def _target(path: Path, root: Path, name: str) -> Path | None:
    """The file that *name* in the template *path* leads to below *root*."""
    try:
        beside = path.relative_to(root).as_posix()
        target = root / joined(name, beside)
        return target.resolve() if target.is_file() else None
    except (TemplateError, ValueError, OSError):
        return None
