"""The other files that a template names: how they are found, and all that one needs."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from promptc.errors import TemplateError
from promptc.ir import Tag, Template
from promptc.parse import parse
from promptc.paths import read_bytes, shown
from promptc.source import Source
from promptc.syntax import environment

Load: TypeAlias = Callable[[str], "Source | None"]

_NAMING = {"extends", "from", "import", "include"}
_NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class Closure(NamedTuple):
    """What a template brings in, directly or through others: names below the template folder.

    *names* are there, *missing* are not. *notes* say what could not be followed, and where.
    """

    names: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def loader(
    root: Path, beside: str = "", decode: Callable[[bytes, str], Source] = Source.decode
) -> Load:
    """How Jinja's file loader finds names below *root*, and never anything outside.

    *beside* is the name of the template that includes: names that start with ``./`` or ``../``
    are relative to it. *decode* makes a source of bytes and a name. The function gives `None`
    where there is no such file and raises `TemplateError` for a name that leads outside of *root*
    and for a file that can't be read.
    """
    top = root.resolve()

    def load(name: str) -> Source | None:
        name = joined(name, beside)
        path = _inside(top, name)
        if path is None:
            return None
        return decode(read_bytes(path, shown(name), TemplateError), name)

    return load


def reader(root: Path, beside: str = "") -> Load:
    """What `loader` does, but what may not be read is not there."""
    read = loader(root, beside)

    def load(name: str) -> Source | None:
        try:
            return read(name)
        except TemplateError:
            return None

    return load


def joined(name: str, beside: str = "") -> str:
    """*name* below the template folder, as the template *beside* means it.

    >>> joined("./b.j2", "chat/a.j2"), joined("b.j2", "chat/a.j2")
    ('chat/b.j2', 'b.j2')
    """
    relative = name.startswith(("./", "../"))
    path = posixpath.normpath(posixpath.join(posixpath.dirname(beside) if relative else "", name))
    if path == ".." or path.startswith("../"):
        where = f"{beside}: " if beside else ""
        raise TemplateError(
            f"{where}'{shown(name)}' lies outside of the template folder; move it inside, or "
            "build the folder that holds both"
        )
    return path.lstrip("/")


def closure(template: Template, load: Load) -> Closure:
    """Every file that *template* includes, extends or imports, and that those do in turn.

    *load* takes names below the template folder. Names that are no constant texts are noted, as
    is an included file that is no template: Jinja alone knows what becomes of them.
    """
    found: set[str] = set()
    missing: set[str] = set()
    notes: list[str] = []
    seen = {template.name}
    waiting = [template]
    while waiting:
        here = waiting.pop()
        for name in _named(here, notes):
            if name in seen:
                continue
            seen.add(name)
            try:
                source = load(name)
                if source is None:
                    missing.add(name)
                    continue
                found.add(name)
                syntax = replace(template.syntax, engine="jinja", front_matter=False)
                waiting.append(parse(source, syntax))
            except TemplateError as error:
                notes.append(str(error))
    return Closure(tuple(sorted(found)), tuple(sorted(missing)), tuple(notes))


def _named(template: Template, notes: list[str]) -> Iterator[str]:
    """Names in the tags of *template*, below the template folder."""
    from jinja2 import TemplateSyntaxError, meta

    if template.syntax.engine != "jinja":
        return
    for leaf in template.leaves:
        if not isinstance(leaf, Tag) or leaf.name not in _NAMING:
            continue
        try:
            names = meta.find_referenced_templates(environment(template.syntax).parse(leaf.text))
            for name in names:
                if name is None:
                    notes.append(f"{_where(template, leaf)}: names a file only when it is rendered")
                else:
                    yield joined(name, template.name)
        except TemplateError as error:
            notes.append(str(error))
        except TemplateSyntaxError:
            # A tag of a template that parsed fails alone only inside a tag Jinja doesn't know.
            notes.append(f"{_where(template, leaf)}: this tag can't be read by itself")


def _where(template: Template, leaf: Tag) -> str:
    begin = leaf.span.start + len(leaf.text) - len(leaf.text.lstrip())
    return Source(template.text, template.name).locate(begin)


def _inside(top: Path, name: str) -> Path | None:
    """The file *name* below *top*, links followed; `None` where there is no such file."""
    path = top / name
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_FILE:
            raise TemplateError(f"{shown(name)}: can't be read ({error.strerror})") from None
        return None
    if not real.is_relative_to(top) or any(p.startswith(".") for p in real.relative_to(top).parts):
        raise TemplateError(
            f"{shown(name)}: this leads to '{shown(str(real))}', which is hidden or outside of the "
            "template folder; copy it inside"
        )
    return None if real.is_dir() else path
