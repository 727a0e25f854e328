"""What templates cost now and at a revision: `promptc diff`, from files to figures.

A template has changed when a file that it includes has, directly or through others. Both sides are
counted with the samples of today, so that a new sample is no growth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from promptc.building import flow as building
from promptc.building import jobs, prefixes
from promptc.building.jobs import Job
from promptc.changes import Change, Compared
from promptc.checking import flow as checking
from promptc.checking.past import Measure, Revision, blob, bytes_of, changed, differs, revision
from promptc.checking.state import State
from promptc.config.sidecar import KEYS, SUFFIX, Sidecar
from promptc.config.values import parse_toml
from promptc.errors import ConfigError
from promptc.files import Found, written
from promptc.paths import display
from promptc.protocols import Progress
from promptc.results import Failure
from promptc.rules.rejected import Rejected
from promptc.source import Source

_COUNTING = "PC101"
"""The one rule that a comparison lets run: it reads nothing."""


@dataclass(frozen=True)
class _Sides:
    """The templates of today, and what measures those of the revision."""

    state: State
    measure: Measure

    @property
    def then(self) -> Revision:
        return self.measure.then

    @cached_property
    def included(self) -> frozenset[Path]:
        """The templates that others bring in."""
        return _included(self.state)


def compare(request: building.Request, since: str, progress: Progress = None) -> Compared:
    """Compare the templates that *request* names with what they were at the revision *since*.

    Raises `HistoryError` where there is no git, no repository or no such revision.
    """
    start = request.paths[0]
    then = revision(start if start.exists() else Path.cwd(), since)
    counting = replace(request, level=0)
    state = checking.read(checking.Request(counting, select=(_COUNTING,)), progress)
    rejected = tuple(_rejected(state))
    if then is None:
        changes = list(_all_new(state))
    else:
        sides = _Sides(state, Measure(then, state.settings, state.batch.cache))
        changes = list(_changes(sides))
        changes += _deleted(sides, request.paths, [each.was for each in changes])
    jobs.sandbox().close()
    return Compared(
        revision=since,
        commit=then.commit if then else "",
        changes=tuple(sorted(changes, key=lambda each: each.path)),
        unchanged=len(state.outcomes) - sum(each.after is not None for each in changes),
        model=state.config.model,
        tokenizer=state.settings.tokenizer.name,
        price=state.price,
        failures=(*state.batch.failures, *rejected),
        notes=tuple(state.batch.notes),
    )


def _rejected(state: State) -> Iterator[Failure]:
    """Take out of *state* the templates that can't be read, and say why."""
    for path, outcome in list(state.outcomes.items()):
        for spot in outcome.record.spots:
            if spot.code == Rejected.code:
                place = f"{display(path)}:{spot.line}:{spot.column}"
                yield Failure(display(path), f"{place}: {spot.message}")
                state.outcomes.pop(path, None)


def _changes(sides: _Sides) -> Iterator[Change]:
    """The templates of today that changed, are new, or have another name."""
    state, then, measure = sides.state, sides.then, sides.measure
    sources = {
        path: (state.found[path], state.jobs[path].source, tuple(each.includes))
        for path, each in state.outcomes.items()
    }
    moved = {path: (name, root) for path, name, root in changed(then, sources)}
    renamed = _same_content(state, then)
    for path in state.outcomes:
        name = then.repository.name(path)
        if path not in moved and name not in then.tree and path in renamed:
            moved[path] = renamed[path], then.repository.name(state.found[path].root)
    measure.ahead(checking.every_name(state, ((path, *each) for path, each in moved.items())))
    for path in state.outcomes:
        name = then.repository.name(path)
        if path in moved:
            before = measure.tokens(state.jobs[path], *moved[path])
            yield _change(sides, path, before=before, name=moved[path][0])
        elif name not in then.tree:
            yield _change(sides, path, before=None, name=name)._replace(kind="new")


def _change(sides: _Sides, path: Path, *, before: float | None, name: str) -> Change:
    state, then = sides.state, sides.then
    found, record = state.found[path], state.outcomes[path].record
    was = then.repository.root / name
    root = then.repository.name(found.root)
    others = [f"{root}/{each}" if root else each for each in state.outcomes[path].includes]
    through = [each for each in others if differs(then, each, bytes_of(found.root, each, root))]
    return Change(
        path=display(path),
        before=before,
        after=record.tokens,
        was=display(was) if was != path else "",
        own=differs(then, name, state.jobs[path].source.data),
        through=tuple(display(then.repository.root / each) for each in through),
        included=path in sides.included,
        calls=prefixes.calls(found.sidecar, state.config),
        exact=record.exact,
    )


def _all_new(state: State) -> Iterator[Change]:
    included = _included(state)
    for path, outcome in state.outcomes.items():
        calls = prefixes.calls(state.found[path].sidecar, state.config)
        tokens, exact = outcome.record.tokens, outcome.record.exact
        inner = path in included
        yield Change(display(path), None, tokens, "new", included=inner, calls=calls, exact=exact)


def _included(state: State) -> frozenset[Path]:
    """The templates that others bring in."""
    return frozenset(
        state.found[path].root / name
        for path, outcome in state.outcomes.items()
        for name in outcome.includes
    )


def _same_content(state: State, then: Revision) -> dict[Path, str]:
    """Files that git does not track yet, with the name that their content had and no file has."""
    gone = {
        entry.oid: name
        for name, entry in then.tree.items()
        if not (then.repository.root / name).exists()
    }
    if not gone:
        return {}
    like = next(iter(gone))
    names = {path: blob(state.jobs[path].source.data, like) for path in state.outcomes}
    return {path: gone[oid] for path, oid in names.items() if oid in gone}


def _deleted(sides: _Sides, paths: Sequence[Path], renamed: Iterable[str]) -> Iterator[Change]:
    """Templates of the revision that are gone."""
    then, taken = sides.then, set(renamed)
    asked = [then.repository.name(path) for path in paths]
    gone = [
        name
        for name in then.tree
        if any(not top or name == top or name.startswith(f"{top}/") for top in asked)
        and not (then.repository.root / name).exists()
    ]
    sides.measure.ahead(each for name in gone for each in (name, f"{name}{SUFFIX}"))
    for name in gone:
        path = then.repository.root / name
        if display(path) in taken:
            continue
        job = _lost(sides, path, name, paths)
        if job is None:
            continue
        root = then.repository.name(job.found.root)
        tokens = sides.measure.tokens(job, name, root)
        calls = prefixes.calls(job.found.sidecar, sides.state.config)
        yield Change(display(path), tokens, None, "deleted", calls=calls)


def _lost(sides: _Sides, path: Path, name: str, paths: Sequence[Path]) -> Job | None:
    """What is needed to count a template that is gone; ``None``: it was none."""
    state = sides.state
    side = _old_sidecar(sides.measure.file(f"{name}{SUFFIX}"), f"{name}{SUFFIX}")
    syntax = written(path, state.config, side)
    if syntax is None or path.is_relative_to(state.config.output.resolve()):
        return None
    folders = [each.resolve() for each in paths if each.is_dir()]
    root = next((each for each in folders if path.is_relative_to(each)), path.parent)
    found = Found(path, root, path.relative_to(root).as_posix(), syntax, side)
    return Job(found, Source("", found.name), state.settings, "", frozenset())


def _old_sidecar(data: bytes | None, name: str) -> Sidecar:
    """What stood beside a template; nothing where it can't be read any more."""
    if data is None:
        return Sidecar()
    try:
        return Sidecar(**parse_toml(data, name).fields(KEYS))
    except ConfigError:
        return Sidecar()
