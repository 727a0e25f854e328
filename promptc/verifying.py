"""Compare files or folders of templates, as ``promptc verify`` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from promptc.checks.answers import Asked
from promptc.checks.judge import Judge
from promptc.comparing import Compared, Mode, Terms, compare, pairs
from promptc.config import Config, load_config
from promptc.errors import ConfigError, PromptcError
from promptc.files import JINJA, Found, discover, read_source
from promptc.files.includes import closure, reader
from promptc.parse import parse
from promptc.paths import display, neighbors, shown
from promptc.rendering.sandbox import Bound, Sandbox
from promptc.results import Failure


@dataclass(frozen=True)
class Verified:
    """What was compared; *failures* could not be, *alone* stand on one side only."""

    mode: Mode
    files: tuple[Compared, ...]
    failures: tuple[Failure, ...] = ()
    alone: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything could be compared and nothing was found."""
        return not (self.failures or self.alone) and all(each.passed for each in self.files)


class _Both(NamedTuple):
    found: Found
    after: Path


def verify(
    before: Path,
    after: Path,
    *,
    mode: Mode = "rewrite",
    config: Path | None = None,
    judge: Judge | None = None,
) -> Verified:
    """Compare a file with a file, or the templates of a folder with those of the same name.

    Samples and questions are those beside the templates of *before*. Raises `ConfigError` where one
    of the two is not there, or only one is a folder.
    """
    for path in (before, after):
        if not path.exists():
            raise ConfigError(f"{display(path)}: no such file or folder; {neighbors(path)}")
    if before.is_dir() != after.is_dir():
        raise ConfigError(
            f"{display(before)} and {display(after)}: one is a folder and one a file; "
            "name two of a kind"
        )
    settings = load_config(before, config)
    found, failures, *_ = discover([before], settings, out=None)
    if not found and not failures:
        raise ConfigError(f"{display(before)}: there is no template here; see 'include'")
    files: list[Compared] = []
    failed = list(failures)
    alone = list(_new(before, after, found)) if before.is_dir() else []
    with Sandbox() as sandbox:
        for each in found:
            there = after / each.name if before.is_dir() else after
            if not there.exists():
                alone.append(f"{each.name}: is only in {display(before)}")
                continue
            try:
                files.append(_compared(_Both(each, there), settings, mode, sandbox, judge))
            except PromptcError as error:
                failed.append(Failure(each.name, str(error)))
    return Verified(mode, tuple(files), tuple(failed), tuple(alone))


def _compared(
    both: _Both, config: Config, mode: Mode, sandbox: Sandbox, judge: Judge | None
) -> Compared:
    found = both.found
    load = reader(found.root, found.name)
    old = parse(read_source(found), found.syntax)
    changed = replace(found, path=both.after, name=shown(both.after.name))
    new = parse(read_source(changed), found.syntax)
    sources = {name: load(name) for name in closure(old, load).names}
    texts = {name: source.text for name, source in sources.items() if source is not None}
    terms = Terms(
        mode=mode,
        questions=tuple(Asked(each.ask, each.answers) for each in found.sidecar.questions),
        samples=tuple(each.vars for each in found.sidecar.samples),
        bindings=config.set,
        load=load,
        renderer=Bound(sandbox, texts, config.set),
    )
    result = compare(old, new, terms)
    if judge is None:
        return result
    asked = pairs(old, new, terms) or [(old.text, new.text)]
    return replace(result, results=(*result.results, judge.judged(asked)))


def _new(before: Path, after: Path, found: Sequence[Found]) -> Iterator[str]:
    """Jinja templates that only *after* has."""
    names = {each.name for each in found}
    for path in sorted(after.rglob("*")):
        name = path.relative_to(after)
        hidden = any(part.startswith(".") for part in name.parts)
        new = path.suffix.lower() in JINJA and not hidden and name.as_posix() not in names
        if new and path.is_file():
            yield f"{shown(name.as_posix())}: is only in {display(after)}"
