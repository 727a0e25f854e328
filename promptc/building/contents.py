"""Put together what an output folder shall hold: what was compiled, beside what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from promptc.building import documents, keeping, ledger, lock, origins
from promptc.building.earlier import Earlier
from promptc.building.jobs import Result, Settings
from promptc.building.keeping import Sources
from promptc.building.lock import Lock
from promptc.building.names import LOCK
from promptc.building.publish import Content
from promptc.config import Config
from promptc.errors import PromptcError
from promptc.paths import display, shown
from promptc.syntax import Syntax
from promptc.version import __version__

T = TypeVar("T")

_PER_FILE = {"engine", "front_matter", "stated"}
"""Fields of a syntax that are another one's from file to file, or no setting of Jinja's."""


@dataclass(frozen=True)
class Made:
    """What one build made for the folder *out*, from what, and under which settings."""

    out: Path
    results: Sequence[Result]
    sources: Sources
    settings: Settings
    config: Config

    def keeps(self, earlier: Earlier, name: str) -> bool:
        """Whether this build leaves alone what stands under *name*."""
        return name not in self.roots and keeping.keeps(earlier, self.sources, name)

    @cached_property
    def roots(self) -> Mapping[str, str]:
        """Where the template folder of each result lies, seen from the output folder."""
        ways = {root: origins.relative(root, self.out) for root in self._folders}
        return {each.found.name: ways[each.found.root] for each in self.results}

    @cached_property
    def lock(self) -> Lock:
        """What is to be locked of the results."""
        settings, encoding = self.settings, self.settings.tokenizer.name
        shared = {each for each in self._folders if origins.shared(each, self.out, self.config)}
        entries = {
            each.found.name: lock.entry(
                each.compiled,
                tokenizer=settings.tokenizer,
                options=settings.digest,
                includes={name: known for name, known in each.includes.items() if known},
                root=self.roots[each.found.name] if each.found.root in shared else "",
            )
            for each in self.results
        }
        return Lock(__version__, settings.model, encoding, settings.level, entries)

    @property
    def _folders(self) -> set[Path]:
        return {each.found.root for each in self.results}


def content(made: Made, earlier: Earlier) -> Content:
    """All of what the folder shall hold; raise `PromptcError` where a part to keep can't be read.

    What is kept is kept as it is: its output, its entry in the lock, and its drops.
    """
    kept = [name for name in sorted(earlier.names) if made.keeps(earlier, name)]
    if kept or made.sources.partial:
        _refuse_damage(earlier)
    compiled = [each.compiled for each in made.results]
    all_locked = locked(made, earlier)
    indexes = documents.indexes(all_locked)
    stored = documents.stored(made, earlier, indexes)
    outputs = _of(kept, earlier.outputs) if kept else {}
    roots = {name: earlier.root(name) for name in {*outputs, *all_locked.files} - {*made.roots}}
    return Content(
        outputs={each.name: each.data for each in compiled},
        ledger=ledger.dumps(compiled, _of(kept, earlier.drops) if kept else None),
        lock=lock.dumps(all_locked),
        kept=outputs,
        roots={name: root for name, root in {**roots, **made.roots}.items() if root},
        jinja=_stated(made.config.jinja),
        indexes=indexes,
        parts=stored.parts,
        anew=stored.anew,
    )


def locked(made: Made, earlier: Earlier) -> Lock:
    """The lock that this build writes."""
    kept = {name: each for name, each in earlier.sound_lock.items() if made.keeps(earlier, name)}
    return replace(made.lock, files={**kept, **made.lock.files})


def notes(made: Made, earlier: Earlier) -> Iterator[str]:
    """What a user should know of the outputs that are there and that this build did not make."""
    for name in sorted(earlier.sound_outputs.keys() - made.roots.keys()):
        if made.sources.failing(name, earlier.source(name)):
            yield f"{shown(name)}: the output of the last good build was kept"
        elif now := keeping.renamed(earlier, made.sources, name):
            yield f"{shown(name)}: this output went, since its template is built as {shown(now)!r}"
    kept = sum(made.keeps(earlier, name) for name in earlier.sound_lock)
    if kept and earlier.locked:
        old, new = earlier.locked, made.lock
        for finding in lock.settings_differ(old, new):
            yield (
                f"{display(earlier.out / LOCK)}: {finding}; outputs of the last build were kept "
                f"({kept}): build whole folders to make them agree"
            )


def _stated(syntax: Syntax) -> dict[str, Any]:
    """The settings of *syntax* that are not Jinja's own, as JSON holds them."""
    given, usual = asdict(syntax), asdict(Syntax())
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value != usual[name] and name not in _PER_FILE
    }


def _refuse_damage(earlier: Earlier) -> None:
    """Raise `PromptcError` where what is to be kept can't be told from what is damaged."""
    try:
        _ = earlier.outputs, earlier.locked, earlier.drops
    except PromptcError as error:
        raise type(error)(
            f"{error}. Name whole folders for that: a build of some files, and one in which a "
            "template fails, keeps a part of what stands there"
        ) from error


def _of(names: Iterable[str], values: Mapping[str, T]) -> dict[str, T]:
    return {name: values[name] for name in names if name in values}
