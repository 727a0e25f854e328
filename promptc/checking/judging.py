"""What the rules say of templates that were read, less what is asked to be ignored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from promptc.checking.choice import Choice
from promptc.checking.ignores import sift
from promptc.checking.state import State
from promptc.findings import Checked, Finding, Place
from promptc.inspection import Ignore, Item, Judges, Past, Project, Record, Rule, Spot, Verdict
from promptc.paths import display, shown
from promptc.rules import BY_CODE, made
from promptc.rules.unused_ignore import UnusedIgnore


def judged(state: State, pasts: Mapping[Path, Past], against: str = "") -> Checked:
    """Let every rule say what it finds, less what the templates and the configuration ignore."""
    items = tuple(_items(state, pasts))
    project = Project(items, state.price, state.config.model)
    findings = [*_read(state, items), *_judged(state, project)]
    return Checked(
        findings=tuple(sorted(_sifted(state, findings), key=_order)),
        failures=tuple(state.batch.failures),
        notes=tuple(dict.fromkeys((*state.batch.notes, *_notes(state)))),
        templates=len(state.outcomes),
        cached=state.cached,
        model=state.config.model,
        level=state.config.level,
        against=against,
        paths=tuple(sorted(map(display, state.outcomes))),
    )


def _items(state: State, pasts: Mapping[Path, Past]) -> Iterator[Item]:
    named = {
        state.found[path].root / name
        for path, outcome in state.outcomes.items()
        for name in outcome.includes
    }
    for path, outcome in sorted(state.outcomes.items()):
        found = state.found[path]
        limits = state.choice.limits(path, found.sidecar)
        yield Item(
            found.name,
            display(path),
            outcome.record,
            limits,
            pasts.get(path),
            included=path in named,
        )


def _read(state: State, items: Iterable[Item]) -> Iterator[Finding]:
    """What rules found in single templates."""
    for item in items:
        for spot in item.record.spots:
            yield _found(state.choice, BY_CODE[spot.code], _verdict(item, spot))


def _verdict(item: Item, spot: Spot) -> Verdict:
    others = tuple(Place(item.path, *each) for each in spot.others)
    at, end = (spot.line, spot.column), (spot.end_line, spot.end_column)
    return Verdict(item, spot.message, at, end, others)


def _judged(state: State, project: Project) -> Iterator[Finding]:
    """What rules found by comparing."""
    for rule in made(state.config.check.rules):
        if isinstance(rule, Judges) and state.choice.selects(rule.code):
            for verdict in rule.judge(project):
                yield _found(state.choice, rule, verdict)


def _found(choice: Choice, rule: Rule | type[Rule], verdict: Verdict) -> Finding:
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


def _notes(state: State) -> Iterator[str]:
    for path, outcome in sorted(state.outcomes.items()):
        for each in outcome.record.unsampled:
            yield f"{display(path)}: the sample {each} was not counted"
        if outcome.record.held:
            yield (
                f"{display(path)}: savings in the {_tokens(outcome.record)} that every call starts "
                "with are not advised: the provider's prompt cache would keep less, and warm calls "
                "would cost more"
            )


def _tokens(record: Record) -> str:
    return f"{record.lead.tokens:,} tokens" if record.lead else "tokens"


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.column, finding.code
