"""One template's way through a check: read, recall or inspect, remember."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.paragraphs import paragraphs
from promptc.building import jobs
from promptc.building.cache import Cache, key
from promptc.building.jobs import Job
from promptc.checking import entry
from promptc.checking.counting import Counted, counted, plan
from promptc.checking.ignores import ignores
from promptc.checking.leads import lead
from promptc.compiling import Plan, compile
from promptc.compressors.embedded import Shipped
from promptc.economics.caching import Change, judge
from promptc.economics.providers import cache_rule
from promptc.errors import TemplateError
from promptc.files.includes import Load, closure
from promptc.inspection import Hit, Paragraph, Reads, Record, Rule, Saving, Spot, Subject
from promptc.ir import Template
from promptc.parse import parse
from promptc.prices import Price, to_json
from promptc.results import Compiled
from promptc.rules.rejected import Rejected
from promptc.source import Source, Span


class Usage(NamedTuple):
    """Calls per month, and the share of them that are warm; ``None`` where nobody said."""

    calls_per_month: int | None = None
    warm: float | None = None


@dataclass(frozen=True)
class Task:
    """A template to inspect, with everything that was read for it."""

    job: Job
    key: str
    rules: tuple[Rule, ...]
    known: frozenset[str]
    price: Price | None
    usage: Usage


@dataclass(frozen=True)
class Outcome:
    """What came of a task, and the sha256 of each file that the template includes."""

    record: Record
    includes: Mapping[str, str | None]


def task(
    job: Job, rules: tuple[Rule, ...], known: frozenset[str], price: Price | None, usage: Usage
) -> Task:
    """The task that inspects the template of *job* by those of *rules* that read."""
    reading = tuple(each for each in rules if isinstance(each, Reads))
    name = key("check", job.key, _told(reading, known, price), repr(tuple(usage)))
    return Task(job, name, reading, known, price, usage)


@lru_cache(maxsize=4)
def _told(rules: tuple[Rule, ...], known: frozenset[str], price: Price | None) -> str:
    """What decides, besides a template, what rules find in it."""
    options = [
        [each.code, {f.name: getattr(each, f.name) for f in _fields(each)}] for each in rules
    ]
    return repr((options, sorted(known), to_json(price) if price else None))


def recall(task: Task, cache: Cache) -> Outcome | None:
    """What the cache has of *task*, if all that its template includes is as it was."""
    value = cache.get(task.key)
    if value is None:
        return None
    try:
        includes = dict(value["includes"])
        record = entry.from_json(value["record"])
    except (KeyError, TypeError, ValueError):
        cache.discard(task.key)
        return None
    if includes:
        load = jobs.reader(task.job.found)
        if any(jobs.digest_of(load(name)) != known for name, known in includes.items()):
            return None
    return Outcome(record, includes)


def remember(task: Task, outcome: Outcome, cache: Cache) -> str:
    """Keep *outcome* for the next check; return a note, once, where the cache can't be written."""
    value = {"includes": dict(outcome.includes), "record": entry.to_json(outcome.record)}
    return cache.put(task.key, value)


def inspect(task: Task) -> Outcome:
    """Read one template by every rule, and count what it costs and what passes would save."""
    job = task.job
    try:
        return _inspected(task)
    except TemplateError as error:
        return Outcome(_refused(job.source, str(error)), {})


def _inspected(task: Task) -> Outcome:
    job = task.job
    settings, side, load = job.settings, job.found.sidecar, jobs.reader(job.found)
    template = parse(job.source, job.found.syntax)
    around = closure(template, load)
    sources = {name: load(name) for name in (*around.names, *around.missing)}
    subject = Subject(
        template,
        settings.tokenizer,
        settings.model,
        side.samples,
        task.known | settings.bindings.keys(),
        task.price,
        load,
        settings.bindings,
    )
    # The rules go first: what they find out about the template, the passes ask again.
    spots = tuple(_spots(task.rules, subject))
    blocks = tuple(_paragraphs(subject))
    made = _plan(task, load, sources)
    compiled = compile(template, made)
    held = _loses(compiled, settings.model, task.usage)
    if held:
        compiled = compile(template, replace(made, hold_prefix=True))
    count = counted(compiled.cost, around.names, load, template.syntax, settings.tokenizer)
    record = _record(compiled, count, template, spots, blocks)
    record = replace(record, lead=lead(subject), held=held)
    return Outcome(record, {name: jobs.digest_of(source) for name, source in sources.items()})


def _plan(task: Task, load: Load, sources: Mapping[str, Source | None]) -> Plan:
    """How the template is compiled, to see what it costs and what passes would save."""
    texts = {name: source.text for name, source in sources.items() if source}
    made = plan(task.job, task.job.settings, load, texts)
    return replace(made, grant=task.job.grant, compressor=Shipped())


def _loses(compiled: Compiled, model: str, usage: Usage) -> bool:
    """Whether the provider's cache would keep so much less that the savings cost more."""
    prefix, cost, rule = compiled.prefix, compiled.cost, cache_rule(model)
    if rule is None or prefix.before < rule.minimum or prefix.after >= prefix.before:
        return False
    tokens = max(cost.before, prefix.before), max(cost.after, prefix.after)
    return judge(Change((prefix.before, prefix.after), tokens, *usage), rule).loses


def _record(
    compiled: Compiled,
    count: Counted,
    template: Template,
    spots: tuple[Spot, ...],
    blocks: tuple[Paragraph, ...],
) -> Record:
    cost = compiled.cost
    return Record(
        tokens=count.tokens,
        worst=count.worst,
        static=cost.static_before,
        sampled=count.sampled,
        exact=cost.exact,
        savings=tuple(_savings(compiled)),
        paragraphs=blocks,
        spots=spots,
        ignores=tuple(ignores(template)),
        unsampled=tuple(f"{each.name!r}: {each.error}" for each in cost.samples if each.error),
    )


def _savings(compiled: Compiled) -> Iterator[Saving]:
    for step in compiled.steps:
        if step.saved <= 0:
            continue
        own = (d for d in compiled.drops if d.pass_name == step.name and d.source == compiled.name)
        first = next(own, None)
        line, column = (first.line, first.column) if first else (1, 1)
        yield Saving(step.name, step.saved, step.edits, line, column)


def _spots(rules: Iterable[Rule], subject: Subject) -> Iterator[Spot]:
    source = subject.template.source
    for rule in rules:
        if isinstance(rule, Reads):
            for hit in sorted(rule.read(subject), key=lambda hit: hit.span):
                yield _spot(rule.code, hit, source)


def _spot(code: str, hit: Hit, source: Source) -> Spot:
    others = tuple(source.position(span.start) for span in hit.others)
    return Spot(code, *_ends(source, hit.span), hit.message, others)


def _ends(source: Source, span: Span) -> tuple[int, int, int, int]:
    return (*source.position(span.start), *source.position(span.stop))


def _paragraphs(subject: Subject) -> Iterator[Paragraph]:
    template = subject.template
    # What a model was trained on is copied from model to model, and no one's to share.
    found = () if is_chat_template(template) else paragraphs(template)
    for each in found:
        tokens = subject.tokenizer.count(template.text[slice(*each.span)])
        yield Paragraph(each.key, tokens, *_ends(template.source, each.span))


def _refused(source: Source, message: str) -> Record:
    """The record of a template that can't be parsed; *message* begins with its place."""
    line, column, told = placed(message, source.name)
    spot = Spot(Rejected.code, line, column, line, column, told)
    return Record(0, 0, 0, sampled=False, exact=True, spots=(spot,))


def placed(message: str, name: str) -> tuple[int, int, str]:
    """Line, column and the rest of an error's *message* about the file *name*."""
    rest = message.removeprefix(f"{name}:")
    line, _, more = rest.partition(":")
    column, _, told = more.partition(":")
    if rest != message and line.isdecimal() and column.isdecimal():
        return int(line), int(column), told.strip()
    return 1, 1, rest.strip()


def _fields(rule: Rule) -> Any:
    return fields(rule)  # type: ignore[arg-type]
