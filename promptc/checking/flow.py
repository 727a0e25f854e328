"""The check, from top to bottom: find templates, read what changed, judge, sift, choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from promptc.building import flow as building
from promptc.building import jobs, prefixes
from promptc.building.batch import Batch
from promptc.building.cache import Cache
from promptc.checking import reading
from promptc.checking.choice import Choice
from promptc.checking.fixing import fix
from promptc.checking.inputs import inputs
from promptc.checking.judging import judged
from promptc.checking.past import HEAD, BaselineGate, Measure, Pasts, changed, revision
from promptc.checking.reading import Task, Usage
from promptc.checking.state import State
from promptc.config import Config
from promptc.errors import PromptcError
from promptc.files import Found
from promptc.files.dependents import rooted
from promptc.findings import Checked
from promptc.history.baseline import FILE as BASELINE
from promptc.inspection import Past, Rule
from promptc.paths import display, shown
from promptc.protocols import Progress
from promptc.results import Failure
from promptc.rules import made
from promptc.rules.grown import Grown


@dataclass(frozen=True)
class Request:
    """What a check was asked for: what `promptc build` would be, and what is its own.

    ``None`` and ``()`` leave the choice to the configuration. *fix* is the level up to which files
    are rewritten. *since* is the revision that growth is measured against, by default ``HEAD``; the
    file *baseline* goes before it.
    """

    build: building.Request
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fix: int = 0
    baseline: Path | None = None
    update_baseline: bool = False
    since: str | None = None


def check(request: Request, progress: Progress = None) -> Checked:
    """Report what is wrong with the templates that *request* names; raise `PromptcError`."""
    return run(request, progress)[0]


def run(request: Request, progress: Progress = None) -> tuple[Checked, State]:
    """Do what `check` does, and return what was read for it, too.

    With a fix, what is left to report is read from the files that it wrote.
    """
    state = read(request, progress)
    fixed: tuple[Path, ...] = ()
    if request.fix:
        wanted = [(state.found[path], each.record) for path, each in sorted(state.outcomes.items())]
        fixed, notes = fix(wanted, request.fix, state.choice, state.settings)
        state = read(request, progress) if fixed else state
        state.batch.notes += notes
    past = compared(state, request)
    checked = judged(state, past.known, past.against)
    notes = (*checked.notes, *past.notes)
    return replace(checked, fixed=tuple(map(display, fixed)), notes=notes), state


def compared(state: State, request: Request) -> Pasts:
    """What the templates cost before, if any rule asks; the baseline is updated first."""
    records = {path: outcome.record for path, outcome in state.outcomes.items()}
    baseline = request.baseline or _baseline(state.config)
    if baseline is None and request.update_baseline:
        baseline = Path(BASELINE)
    if baseline is not None:
        tokenizer = state.settings.tokenizer.name
        gate = BaselineGate(baseline, state.config.model, tokenizer, state.inputs.top)
        if request.update_baseline:
            return gate.updated(records)
        past = gate.pasts(records)
        return past._replace(notes=(*past.notes, *_unused(request, baseline)))
    if not state.choice.selects(Grown.code):
        return Pasts({})
    return before(state, request.since)


def _unused(request: Request, baseline: Path) -> Iterator[str]:
    if request.since is not None:
        used = f"growth is measured against {display(baseline)}, as the configuration says"
        yield f"--since {shown(request.since)} was not used: {used}"


def before(state: State, since: str | None) -> Pasts:
    """What templates that differ from the revision *since*, or ``HEAD``, cost there."""
    asked = state.inputs.found[0].path.parent if state.inputs.found else state.inputs.top
    then = revision(asked, since)
    if then is None:
        return Pasts({})
    found = {
        path: (state.found[path], state.jobs[path].source, tuple(each.includes))
        for path, each in state.outcomes.items()
        if state.found[path].root.is_relative_to(then.repository.root)
    }
    moved = list(changed(then, found))
    measure = Measure(then, state.settings, state.batch.cache)
    measure.ahead(every_name(state, moved))
    known: dict[Path, Past] = {}
    for path, name, root in moved:
        tokens = measure.tokens(state.jobs[path], name, root)
        if tokens is not None:
            known[path] = Past(tokens, then.what)
    jobs.sandbox().close()
    return Pasts(known, since or HEAD)


def every_name(state: State, moved: Iterable[tuple[Path, str, str]]) -> Iterator[str]:
    """What git calls the templates *moved*, and the files that they bring in today."""
    for path, name, root in moved:
        yield name
        for other in state.outcomes[path].includes:
            yield f"{root}/{other}" if root else other


def read(request: Request, progress: Progress = None) -> State:
    """Find the templates and read each of them, or take it from the cache."""
    config = settled(request)
    choice = Choice(config.check, config.root, config.budget)
    rules = made(config.check.rules)
    found = inputs(request.build.paths, config, config.output)
    cache = Cache(config.root / building.CACHE if request.build.cached else None)
    batch = Batch(cache)
    batch.failures += found.failures
    price = building.charged_by(config, batch)
    state = State(config, choice, price, batch, found, building.settings_of(config))
    known = frozenset(config.globals)
    selected = tuple(each for each in rules if choice.selects(each.code))
    tasks = list(_tasks(state, selected, known))
    waiting = [each for each in tasks if not _recalled(state, each)]
    for done, (task, outcome) in enumerate(
        jobs.share(waiting, request.build.jobs, reading.inspect), start=1
    ):
        state.outcomes[task.job.found.path] = outcome
        batch.note(reading.remember(task, outcome, cache))
        if progress is not None:
            progress(done, len(waiting))
    return state


def _baseline(config: Config) -> Path | None:
    stated = config.check.baseline
    return config.root / stated if stated else None


def settled(request: Request) -> Config:
    """The configuration in force, with what the command line says on top."""
    config = building.settled(request.build)
    gate = config.check
    if request.select:
        gate = replace(gate, select=request.select)
    if request.ignore:
        gate = replace(gate, ignore=(*gate.ignore, *request.ignore))
    level = gate.level if request.build.level is None else request.build.level
    return replace(config, check=gate, level=level)


def _tasks(state: State, rules: tuple[Rule, ...], known: frozenset[str]) -> Iterator[Task]:
    for found in state.inputs.found:
        try:
            job = jobs.read(found, state.settings)
            below = rooted(found, job.source.text, state.inputs.top)
            if below != found:
                job = jobs.read(below, state.settings)
        except PromptcError as error:
            state.batch.failures.append(Failure(found.name, _said(found, str(error))))
            continue
        state.found[found.path], state.jobs[found.path] = job.found, job
        usage = Usage(*prefixes.usage(job.found.sidecar, state.config))
        yield reading.task(job, rules, known, state.price, usage)


def _recalled(state: State, task: Task) -> bool:
    outcome = reading.recall(task, state.batch.cache)
    if outcome is not None:
        state.outcomes[task.job.found.path] = outcome
        state.cached += 1
    return outcome is not None


def _said(found: Found, message: str) -> str:
    """*message*, which names the template *found* from its folder, with the path from here."""
    name = display(found.path)
    return message.replace(found.name, name, 1) if message.startswith(found.name) else message
