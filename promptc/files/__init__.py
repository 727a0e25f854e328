"""Which files are templates, how each is written, and its text."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from promptc.config.sidecar import SUFFIX, Sidecar, load_sidecar, sidecar_path
from promptc.errors import ConfigError, PromptcError, TemplateError
from promptc.files.ignoring import FILE as IGNORE_FILE
from promptc.files.ignoring import Ignoring
from promptc.globs import Globs
from promptc.paths import display, neighbors, read_bytes, reason, refuse_odd, shown
from promptc.results import Failure
from promptc.source import Source
from promptc.syntax import Engine, Syntax

if TYPE_CHECKING:
    from promptc.config import Config

JINJA = {".j2", ".jinja", ".jinja2", ".prompt", ".prompty"}
PLAIN = {".md", ".txt"}
FRONT_MATTER = {".prompt", ".prompty"}
MAX_LINKED = 1_000
"""Folders that may be reached through links: links that fan out could name millions."""

#: Categories of characters that no name may have; those of a name that is not UTF-8 are Cs.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Found:
    """A template file. *name* is its path below *root*, with slashes: its name everywhere."""

    path: Path
    root: Path
    name: str
    syntax: Syntax
    sidecar: Sidecar = field(default_factory=Sidecar)


class Discovered(NamedTuple):
    """The templates, by name, and what stands where templates should and can't be read.

    *folders* are those that were walked.
    """

    found: tuple[Found, ...]
    failures: tuple[Failure, ...]
    folders: tuple[Path, ...] = ()


def discover(
    paths: Sequence[Path], config: Config, *, out: Path | None, roots: Sequence[Path] = ()
) -> Discovered:
    """Find the templates that *paths* name: files as they are, folders walked.

    In a folder count the suffixes `JINJA`, the last suffix of a name deciding (``ask.md.j2`` is
    Jinja, ``ask.j2.txt`` is text), and what the configuration includes. Left out are hidden files
    and folders, the folder *out*, sidecars, and what ``.gitignore`` files and the configuration
    exclude. Links are followed within the folder, or within that of the configuration file.
    A file that is named without its folder is named below the first of *roots* that holds it,
    else below the folder that all such files share.

    Raises `ConfigError` for a path that isn't there and for an *out* that is an input folder.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise ConfigError(f"{display(path)}: no such file or folder; {neighbors(path)}")
    folders = [path.resolve() for path in paths if path.is_dir()]
    files = [path.parent.resolve() / path.name for path in paths if not path.is_dir()]
    search = _Search(config, out.resolve() if out else None, _roots(folders, files, roots))
    for root in search.roots:
        if root == search.out:
            raise ConfigError(
                f"{display(root)}: templates would be written over themselves; "
                "choose another -o, such as -o build"
            )
    for folder in sorted(folders, key=lambda each: len(each.parts)):
        search.walk(folder)
    for file in files:
        search.take(file)
    return search.result()


def read_source(found: Found) -> Source:
    """Read a template; raise `TemplateError` for what can't be read, without waiting for it."""
    return Source.decode(read_bytes(found.path, found.name, TemplateError), found.name)


def _roots(folders: list[Path], files: list[Path], known: Sequence[Path]) -> list[Path]:
    """Folders that names are relative to: those given that lie in no other, and some for files."""
    nested = {one for one in folders for two in folders if one != two and one.is_relative_to(two)}
    outer = [each for each in dict.fromkeys(folders) if each not in nested]
    outer += [each for each in known if any(file.is_relative_to(each) for file in files)]
    alone = [file.parent for file in files if not any(file.is_relative_to(f) for f in outer)]
    return outer + ([Path(os.path.commonpath(alone))] if alone else [])


class _Folder(NamedTuple):
    """A folder to walk, the folders it was reached through, and what is ignored in it."""

    path: Path
    above: tuple[tuple[int, int], ...]
    ignoring: Ignoring
    linked: bool


class _Search:
    """What was found, by path."""

    def __init__(self, config: Config, out: Path | None, roots: list[Path]) -> None:
        self.config, self.out, self.roots = config, out, roots
        self.include = Globs(config.root, config.include)
        self.exclude = Globs(config.root, config.exclude)
        self.engines = [(Globs(config.root, (glob,)), name) for glob, name in config.engines]
        self.allowed = [*roots, *([config.path.parent] if config.path else [])]
        self.found: dict[Path, Found] = {}
        self.failures: dict[Path, Failure] = {}
        self.syntaxes: dict[tuple[Engine, bool], Syntax] = {}
        self.walked: list[Path] = []
        self.linked = 0

    def result(self) -> Discovered:
        if self.out is not None:
            self._refuse_same_names()
        found = sorted(self.found.values(), key=lambda one: (one.name, one.path))
        failures = tuple(sorted(self.failures.values()))
        return Discovered(tuple(found), failures, tuple(self.walked))

    def walk(self, top: Path) -> None:
        """Take the templates in *top* and in the folders below it."""
        try:
            waiting = [_Folder(top, (), Ignoring.above(top), False)]
        except TemplateError as error:
            self._fail(top, str(error))
            return
        while waiting:
            folder = waiting.pop()
            self.walked.append(folder.path)
            try:
                waiting += self._visit(folder)
            except TemplateError as error:
                self._fail(folder.path, str(error))

    def take(self, path: Path, *, sidecar: bool = True) -> None:
        """Note the template *path*, or why it is none; *sidecar*: one may stand beside it."""
        if path in self.found or path in self.failures:
            return
        root = self._root(path)
        name = path.relative_to(root).as_posix()
        try:
            self._refuse(path, name)
            beside = self._sidecar(path) if sidecar else Sidecar()
        except PromptcError as error:
            self._fail(path, str(error))
            return
        self.found[path] = Found(path, root, name, self.syntax(path, beside), beside)

    def _visit(self, folder: _Folder) -> list[_Folder]:
        """Take the templates of one folder; return the folders in it."""
        try:
            info = folder.path.stat()
            with os.scandir(folder.path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            message = f"{self._name(folder.path)}: {reason(error, folder.path)}"
            raise TemplateError(message) from None
        here = (info.st_dev, info.st_ino)
        if here in folder.above:
            raise TemplateError(self._loop(folder.path))
        names = {entry.name for entry in listed}
        ignoring = folder.ignoring.inside(folder.path) if IGNORE_FILE in names else folder.ignoring
        folder = folder._replace(ignoring=ignoring, above=(*folder.above, here))
        inner = (self._entry(entry, folder, names) for entry in listed)
        return [each for each in inner if each is not None]

    def _entry(self, entry: os.DirEntry[str], folder: _Folder, names: set[str]) -> _Folder | None:
        """Take *entry* if it is a template; return it if it is a folder to walk."""
        if entry.name.startswith("."):
            return None
        path, linked = folder.path / entry.name, entry.is_symlink()
        if _is_folder(entry):
            if self._left_out(path, folder.ignoring, (True, False) if linked else (True,)):
                return None
            return self._inner(path, folder, linked)
        lost = linked and not path.suffix and not _is_there(path)
        if (lost or self.is_template(path)) and not self._left_out(
            path, folder.ignoring, (True, False) if linked else (False,)
        ):
            self.take(path, sidecar=f"{entry.name}{SUFFIX}" in names)
        return None

    def _inner(self, path: Path, folder: _Folder, linked: bool) -> _Folder | None:
        if self.out is not None and path.resolve() == self.out:
            return None
        if linked:
            try:
                self._refuse_link(path)
            except TemplateError as error:
                self._fail(path, str(error))
                return None
        linked = linked or folder.linked
        self.linked += linked
        if self.linked > MAX_LINKED:
            raise ConfigError(
                f"{display(path)}: more than {MAX_LINKED} folders are reached through links; "
                "leave some out with 'exclude'"
            )
        return _Folder(path, folder.above, folder.ignoring, linked)

    def _left_out(self, path: Path, ignoring: Ignoring, kinds: tuple[bool, ...]) -> bool:
        """Whether *path* is ignored or excluded, as a folder or not.

        To git a link is a file, to whoever writes ``shared/`` it is a folder: it counts as both.
        """
        return any(
            ignoring.ignores(path, folder=kind) or self.exclude.match(path, folder=kind)
            for kind in kinds
        )

    def is_template(self, path: Path) -> bool:
        """Whether a file of this name is a template."""
        wanted = path.suffix.lower() in JINJA or self.include.match(path)
        return wanted and not is_sidecar(path.name)

    def _refuse(self, path: Path, name: str) -> None:
        """Raise `TemplateError` where *path* can't be a template."""
        if any(unicodedata.category(char) in _UNPRINTABLE for char in name):
            raise TemplateError(
                f"{shown(name)}: a name with control characters, or that is not UTF-8; "
                "rename it, or leave it out with 'exclude'"
            )
        if is_sidecar(path.name):
            template = path.name.removesuffix(SUFFIX)
            raise TemplateError(f"{name}: this is a sidecar; name its template, '{template}'")
        try:
            info = path.stat()
        except OSError as error:
            raise TemplateError(f"{name}: {reason(error, path)}") from None
        refuse_odd(info, name, TemplateError)
        if path.is_symlink():
            self._refuse_link(path)

    def _sidecar(self, path: Path) -> Sidecar:
        if sidecar_path(path).is_symlink():
            self._refuse_link(sidecar_path(path))
        return load_sidecar(path)

    def _refuse_link(self, path: Path) -> None:
        """Raise `TemplateError` where a link leads to what its author could not have shown.

        Templates come from other people's pull requests: a link must not read ``.git/config`` or
        a file of the machine that builds. One that leads nowhere fails when it is read.
        """
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return
        for base in self.allowed:
            if target.is_relative_to(base):
                parts = target.relative_to(base).parts
                if not any(part.startswith(".") for part in parts):
                    return
        raise TemplateError(
            f"{self._name(path)}: this is a link to '{display(target)}', which is hidden or "
            f"outside of '{display(self.allowed[-1])}'; copy what it shows, or name that path"
        )

    def _refuse_same_names(self) -> None:
        """Of files whose outputs would be the same file, fail all but the first."""
        first: dict[str, Path] = {}
        for path, one in sorted(self.found.items()):
            other = first.setdefault(one.name, path)
            if other != path:
                message = (
                    f"{display(path)}: its output would replace that of {display(other)}; "
                    "build the folder that holds both, or each with its own -o"
                )
                self.failures[path] = Failure(one.name, message)
                del self.found[path]

    def _loop(self, path: Path) -> str:
        other = next(each for each in path.parents if each.samefile(path))
        return (
            f"{self._name(path)}: this link leads back to the folder '{display(other)}' that it "
            "stands in; remove it, or leave it out with 'exclude'"
        )

    def syntax(self, path: Path, sidecar: Sidecar) -> Syntax:
        """How the file at *path* is written."""
        suffix = path.suffix.lower()
        engine: Engine = "jinja" if suffix in JINJA else "plain"
        for globs, name in self.engines:
            if globs.match(path):
                engine = name
        key = (sidecar.engine or engine, suffix in FRONT_MATTER)
        if key not in self.syntaxes:
            self.syntaxes[key] = replace(self.config.jinja, engine=key[0], front_matter=key[1])
        return self.syntaxes[key]

    def _root(self, path: Path) -> Path:
        return next(root for root in self.roots if path.is_relative_to(root))

    def _name(self, path: Path) -> str:
        """What messages call *path*."""
        relative = path.relative_to(self._root(path)).as_posix()
        return shown(path.name if relative == "." else relative)

    def _fail(self, path: Path, message: str) -> None:
        self.failures[path] = Failure(self._name(path), message)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def written(path: Path, config: Config, sidecar: Sidecar) -> Syntax | None:
    """How a file at *path* would be read, there or not; ``None``: it would be no template."""
    search = _Search(config, None, [])
    hidden = any(part.startswith(".") for part in path.parts[1:] if part != "..")
    left_out = hidden or search.exclude.match(path, folder=False)
    return None if left_out or not search.is_template(path) else search.syntax(path, sidecar)


def is_sidecar(name: str) -> bool:
    """Whether a file of this *name* belongs to a template: ``ask.j2.toml``."""
    template = PurePath(name.removesuffix(SUFFIX))
    return name.endswith(SUFFIX) and template.suffix.lower() in JINJA | PLAIN
