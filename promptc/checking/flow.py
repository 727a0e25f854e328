"""The check, from top to bottom: find templates, read what changed, judge, sift, choose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from promptc.building import flow as building
from promptc.building import jobs
from promptc.building.batch import Batch
from promptc.building.cache import Cache
from promptc.checking import reading
from promptc.checking.choice import Choice
from promptc.checking.ignores import sift
from promptc.checking.inputs import Inputs, inputs
from promptc.checking.reading import Outcome, Task
from promptc.config import Config
from promptc.errors import PromptcError
from promptc.files import Found
from promptc.files.dependents import rooted
from promptc.findings import Checked, Finding, Place
from promptc.inspection import Ignore, Item, Judges, Past, Project, Rule, Spot, Verdict
from promptc.paths import display, shown
from promptc.prices import Price
from promptc.results import Failure
from promptc.rules import BY_CODE, made
from promptc.rules.unused_ignore import UnusedIgnore

Progress: TypeAlias = "Callable[[int, int], None] | None"

#: What each template cost before, by its path; empty where nothing is compared.
Pasts: TypeAlias = "Mapping[Path, Past]"


@dataclass(frozen=True)
class Request:
    """What a check was asked for: what `promptc build` would be, and what is its own.

    ``None`` and ``()`` leave the choice to the configuration.
    """

    build: building.Request
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass
class State:
    """What is known of the templates of one check, by their paths."""

    config: Config
    choice: Choice
    price: Price | None
    batch: Batch
    inputs: Inputs
    settings: jobs.Settings
    found: dict[Path, Found] = field(default_factory=dict)
    outcomes: dict[Path, Outcome] = field(default_factory=dict)
    cached: int = 0


def check(request: Request, progress: Progress = None) -> Checked:
    """Report what is wrong with the templates that *request* names; raise `ConfigError`."""
    state = read(request, progress)
    return judged(state, {})


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
    tasks = list(_tasks(state, [each for each in rules if choice.selects(each.code)], known))
    waiting = [each for each in tasks if not _recalled(state, each)]
    for done, (task, outcome) in enumerate(
        jobs.share(waiting, request.build.jobs, reading.inspect), start=1
    ):
        state.outcomes[task.job.found.path] = outcome
        batch.note(reading.remember(task, outcome, cache))
        if progress is not None:
            progress(done, len(waiting))
    return state


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


def _tasks(state: State, rules: Sequence[Rule], known: frozenset[str]) -> Iterator[Task]:
    for found in state.inputs.found:
        try:
            job = jobs.read(found, state.settings)
            below = rooted(found, job.source.text, state.inputs.top)
            if below != found:
                job = jobs.read(below, state.settings)
        except PromptcError as error:
            state.batch.failures.append(Failure(found.name, _said(found, str(error))))
            continue
        state.found[found.path] = job.found
        yield reading.task(job, rules, known, state.price)


def _recalled(state: State, task: Task) -> bool:
    outcome = reading.recall(task, state.batch.cache)
    if outcome is not None:
        state.outcomes[task.job.found.path] = outcome
        state.cached += 1
    return outcome is not None


def judged(state: State, pasts: Pasts, against: str = "") -> Checked:
    """Let every rule say what it finds, less what the templates and the configuration ignore."""
    items = tuple(_items(state, pasts))
    findings = [*_read(state), *_judged(state, Project(items, state.price))]
    return Checked(
        findings=tuple(sorted(_sifted(state, findings), key=_order)),
        failures=tuple(state.batch.failures),
        notes=tuple(dict.fromkeys((*state.batch.notes, *_unsampled(state)))),
        templates=len(state.outcomes),
        cached=state.cached,
        model=state.config.model,
        level=state.config.level,
        against=against,
    )


def _items(state: State, pasts: Pasts) -> Iterator[Item]:
    for path, outcome in sorted(state.outcomes.items()):
        found = state.found[path]
        limits = state.choice.limits(path, found.sidecar)
        yield Item(found.name, display(path), outcome.record, limits, pasts.get(path))


def _read(state: State) -> Iterator[Finding]:
    """What rules found in single templates."""
    for path, outcome in state.outcomes.items():
        for spot in outcome.record.spots:
            yield _spotted(state.choice, display(path), spot)


def _spotted(choice: Choice, path: str, spot: Spot) -> Finding:
    rule = BY_CODE[spot.code]
    return Finding(
        code=spot.code,
        rule=rule.name,
        path=path,
        line=spot.line,
        column=spot.column,
        end_line=spot.end_line,
        end_column=spot.end_column,
        message=spot.message,
        error=choice.fails(rule),
        fixed_by=rule.fixed_by,
        others=tuple(Place(path, *each) for each in spot.others),
    )


def _judged(state: State, project: Project) -> Iterator[Finding]:
    """What rules found by comparing."""
    for rule in made(state.config.check.rules):
        if isinstance(rule, Judges) and state.choice.selects(rule.code):
            for verdict in rule.judge(project):
                yield _found(state.choice, rule, verdict)


def _found(choice: Choice, rule: Rule, verdict: Verdict) -> Finding:
    line, column = verdict.at or (1, 1)
    end_line, end_column = verdict.end or (line, column)
    return Finding(
        code=rule.code,
        rule=rule.name,
        path=verdict.item.path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        message=verdict.message,
        error=choice.fails(rule, verdict.error),
        whole=verdict.at is None,
        fixed_by=rule.fixed_by,
        others=verdict.others,
    )


def _sifted(state: State, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Those of *findings* that nobody asked to ignore, and the ignores that are not needed."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for each in findings:
        by_path[each.path].append(each)
    for path, outcome in state.outcomes.items():
        name, asked = display(path), outcome.record.ignores
        sifted = sift(by_path[name], asked)
        unused = _unused(state.choice, name, zip(asked, sifted.used, strict=True))
        for each in (*sifted.kept, *unused):
            if state.choice.reports(each.code, path):
                yield each


def _unused(
    choice: Choice, path: str, ignores: Iterable[tuple[Ignore, frozenset[str]]]
) -> Iterator[Finding]:
    for ignore, used in ignores:
        for message in _useless(choice, ignore, used):
            yield Finding(
                code=UnusedIgnore.code,
                rule=UnusedIgnore.name,
                path=path,
                line=ignore.line,
                column=ignore.column,
                end_line=ignore.line,
                end_column=ignore.end_column,
                message=message,
                error=choice.fails(UnusedIgnore),
            )


def _useless(choice: Choice, ignore: Ignore, used: frozenset[str]) -> Iterator[str]:
    if not ignore.codes and not used:
        yield "this comment ignores nothing; remove it"
    for code in ignore.codes:
        if code not in BY_CODE:
            yield f"there is no code {shown(code)[:20]!r} to ignore; remove or correct it"
        elif code not in used and choice.selects(code):
            yield f"{code} is not found here any more; remove it from this comment"


def _unsampled(state: State) -> Iterator[str]:
    for path, outcome in sorted(state.outcomes.items()):
        for each in outcome.record.unsampled:
            yield f"{display(path)}: the sample {each} was not counted"


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.column, finding.code


def _said(found: Found, message: str) -> str:
    """*message*, which names the template *found* from its folder, with the path from here."""
    name = display(found.path)
    return message.replace(found.name, name, 1) if message.startswith(found.name) else message
