"""Hold one text against another: whether a rewrite says the same, or a selection is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from promptc.analysis.inclusion import Load
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.checks import CHECKS, holes
from promptc.checks.answers import Answers, Asked
from promptc.checks.facts import Facts
from promptc.checks.verbatim import protected, verbatim
from promptc.errors import PassError
from promptc.ir import Template
from promptc.passes.compact_tables import CompactTables
from promptc.passes.drop_dead_branches import DropDeadBranches
from promptc.passes.fold_constants import FoldConstants
from promptc.passes.minify_json import MinifyJson
from promptc.passes.minify_schema import MinifySchema
from promptc.pipeline import optimize
from promptc.protocols import Check, PassContext, Renderer
from promptc.results import CheckResult
from promptc.tokens import get_tokenizer

_MASKS = re.compile(rf"(?:{HOLE}|{TAG}|\\ue00[01])+")

Mode: TypeAlias = Literal["rewrite", "selection"]


@dataclass(frozen=True)
class Terms:
    """What two templates are held to, and with what they are rendered.

    *samples* are values for their variables; without any the templates' own text is read.
    """

    mode: Mode = "rewrite"
    questions: tuple[Asked, ...] = ()
    samples: tuple[Mapping[str, Any], ...] = ()
    bindings: Mapping[str, Any] = field(default_factory=dict)
    load: Load = lambda name: None
    renderer: Renderer | None = None


@dataclass(frozen=True)
class Compared:
    """What the checks say of two templates. *notes* are shown and not judged."""

    name: str
    results: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.results)


def compare(before: Template, after: Template, terms: Terms) -> Compared:
    """Compare two templates.

    A rewrite must say all that was said and nothing else. A selection must be parts of what was
    said, in order, with all that is protected; what it loses is noted. Either must keep the answers
    to the questions. Text that no path renders counts for nothing.
    """
    old, new = (_rendered(each, terms) for each in (before, after))
    notes: tuple[str, ...] = ()
    if terms.mode == "selection":
        results = [
            verbatim(masked(old), masked(new)), protected(old, new), holes.compare(old, new),
        ]  # fmt: skip
        notes = tuple(
            each
            for each in Facts().check(masked(old), masked(new)).detail
            if each.startswith("lost")
        )
    else:
        results = [holes.compare(old, new)]
        results += [check.check(masked(old), masked(new)) for check in CHECKS]
    if terms.questions:
        check = Answers(terms.questions)
        results.append(_worst(check, pairs(before, after, terms) or [(masked(old), masked(new))]))
    return Compared(before.name, tuple(map(_shown, results)), tuple(map(_unmasked, notes)))


def pairs(before: Template, after: Template, terms: Terms) -> list[tuple[str, str]]:
    """The renderings of the given samples, before and after; those that fail are left out."""
    if terms.renderer is None or not terms.samples:
        return []
    both = terms.renderer.render((before, after), terms.samples)
    count = len(terms.samples)
    return [
        (one.text, two.text)
        for one, two in zip(both[0][:count], both[1][:count], strict=True)
        if one.text is not None and two.text is not None
    ]


def _shown(result: CheckResult) -> CheckResult:
    return replace(result, detail=tuple(map(_unmasked, result.detail)))


def _unmasked(told: str) -> str:
    """*told* with a sign for what stood in a hole or a tag."""
    return _MASKS.sub("…", told)


def _worst(check: Check, texts: Sequence[tuple[str, str]]) -> CheckResult:
    return min((check.check(*each) for each in texts), key=lambda each: (each.passed, each.score))


def _rendered(template: Template, terms: Terms) -> Template:
    """*template* without what no path renders, its data in the one layout that all are given."""
    ctx = PassContext(get_tokenizer("gpt-4o"), terms.bindings, terms.load)
    try:
        return optimize(template, _LAYOUT, ctx).template
    except PassError:
        return template


_LAYOUT = (FoldConstants(), DropDeadBranches(), MinifyJson(), MinifySchema(), CompactTables())
