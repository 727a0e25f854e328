"""What a template costs as it stands: the one measure of budgets, growth and baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.cost import segments
from promptc.building import jobs
from promptc.building.jobs import Job, Settings
from promptc.compiling import Plan
from promptc.errors import TemplateError
from promptc.files.includes import Load
from promptc.parse import parse
from promptc.protocols import Tokenizer
from promptc.rendering.sandbox import Bound
from promptc.results import Cost
from promptc.source import Source
from promptc.syntax import Syntax


class Counted(NamedTuple):
    """Tokens on the mean of the samples and in the largest; *sampled*: some were rendered."""

    tokens: float
    worst: int
    sampled: bool


def plan(job: Job, settings: Settings, load: Load, texts: Mapping[str, str]) -> Plan:
    """How the template of *job* is compiled to see what it costs; *texts* are what it brings in."""
    samples = job.found.sidecar.samples
    return Plan(
        passes=settings.passes,
        tokenizer=settings.tokenizer,
        bindings=settings.bindings,
        samples=samples,
        load=load,
        # Without samples nobody asked for a rendering, and templates are other people's code.
        renderer=Bound(jobs.sandbox(), texts, settings.bindings) if samples else None,
    )


def counted(
    cost: Cost, names: Iterable[str], load: Load, syntax: Syntax, tokenizer: Tokenizer
) -> Counted:
    """Count a template from its *cost* before any pass that saves.

    Without samples its static tokens count, and those of each file in *names*, which are all that
    it brings in, once.
    """
    good = [each.before for each in cost.samples if not each.error]
    if good:
        return Counted(cost.before, max(good), sampled=True)
    others = [each for each in map(load, names) if each is not None]
    more = sum(tokenizer.count(text) for each in others for text in _texts(each, syntax))
    total = cost.static_before + more
    return Counted(total, total, sampled=False)


@lru_cache(maxsize=512)
def _texts(source: Source, syntax: Syntax) -> tuple[str, ...]:
    """The literal texts of an included file; all of it where it is no template."""
    try:
        inner = parse(source, replace(syntax, engine="jinja", front_matter=False))
    except TemplateError:
        return (source.text,)
    return tuple(text for text in segments(inner) if text)
