"""Compile one template: optimize, emit, and say what it costs before and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from promptc.analysis.chat_templates import is_chat_template
from promptc.analysis.contexts import Context, contexts, where
from promptc.analysis.cost import static_tokens, symbolic
from promptc.analysis.inclusion import Load
from promptc.analysis.outlines import documents, files, granted
from promptc.analysis.prefix import common_prefix, static_prefix
from promptc.checks import CHECKS, answers
from promptc.compressors.embedded import Shipped
from promptc.config.sidecar import Question, Sample
from promptc.deferred import savings
from promptc.emit import emit
from promptc.errors import PassError
from promptc.ir import Output, Tag, Template
from promptc.outlining.proving import Proofs
from promptc.outlining.questions import Asked
from promptc.outlining.shelf import Shelf
from promptc.outlining.told import Told
from promptc.passes import GRANTS
from promptc.pipeline import HELD, Outcome, optimize
from promptc.prices import Price, cost
from promptc.protocols import (
    Check,
    Compressor,
    Guarantee,
    Pass,
    PassContext,
    Renderer,
    Tokenizer,
)
from promptc.results import Compiled, Cost, Money, PrefixCost, SampleCost, Step

_COMPRESS = re.compile(r"(?:\||\bfilter)\s*compress\b")
_FITS = "it fits its budget, or can't get shorter"


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a template compiles to, besides its text."""

    passes: tuple[Pass, ...]
    tokenizer: Tokenizer
    bindings: Mapping[str, Any] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    load: Load = lambda name: None
    renderer: Renderer | None = None
    grant: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = CHECKS
    compressor: Compressor | None = None
    gate: bool = True
    query: str = ""
    questions: tuple[Question, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)
    hold_prefix: bool = False


def compile(template: Template, plan: Plan) -> Compiled:
    """Optimize one template.

    A pass that breaks its promise is left out and named in the notes: nothing it did is kept.
    """
    asked = [Asked(each.ask, each.answers) for each in plan.questions]
    proofs = Proofs(asked, plan.tokenizer, plan.compressor or Shipped(), plan.shelf)
    ctx = PassContext(
        plan.tokenizer,
        plan.bindings,
        plan.load,
        plan.renderer,
        plan.checks,
        plan.compressor,
        plan.grant,
        plan.gate,
        plan.hold_prefix,
        plan.query,
        tuple(sample.vars for sample in plan.samples),
        proofs,
    )
    # What is wrong with a pragma is told of the source, whether or not a pass asks.
    contexts(template)
    documents(template, granted(ctx))
    outcome, notes = _answering(template, plan, ctx)
    told = Told(outcome.shaped, outcome.template, granted(ctx), proofs, _idle(plan))
    emitted = emit(outcome.template)
    return Compiled(
        name=template.name,
        source=template.text,
        text=emitted.text,
        data=emitted.data,
        origins=emitted.source_map,
        steps=tuple(_step(each, told) for each in outcome.steps),
        drops=outcome.drops,
        cost=_cost(outcome, plan, told),
        prefix=_prefix(template, outcome, plan),
        notes=(
            *_notes(template),
            *_granted(plan),
            *notes,
            *outcome.doubts,
            *_by_hand(template),
            *_contexts(outcome, plan, ctx),
            *told.notes,
        ),
        outlines=told.outlines,
    )


def _answering(template: Template, plan: Plan, ctx: PassContext) -> tuple[Outcome, list[str]]:
    """Optimize; where an answer gets lost, leave out the passes that select, the last one first."""
    outcome, notes = _optimized(template, plan, ctx)
    lost = _lost(outcome, plan)
    if not (lost and plan.gate):
        return outcome, [*notes, *(f"answers: {why}" for why in lost)]
    changed = {step.name for step in outcome.steps if step.edits}
    for each in reversed(plan.passes):
        if each.guarantee is not Guarantee.SELECTION or each.name not in changed:
            continue
        fewer = replace(plan, passes=tuple(one for one in plan.passes if one is not each))
        found, more = _answering(template, fewer, ctx)
        return found, [*more, f"answers: {'; '.join(lost)}: {each.name} was left out"]
    return outcome, [*notes, *(f"answers: {why}" for why in lost)]


def _lost(outcome: Outcome, plan: Plan) -> list[str]:
    """Answers to the user's questions that are gone: from the renderings, else from the text."""
    moved = any(s.guarantee == Guarantee.OUTLINE.name and s.edits for s in outcome.steps)
    # What a moved document answers was proved by searching for it.
    if moved or not (plan.questions and plan.checks):
        return []
    check = answers.Answers(tuple(answers.Asked(each.ask, each.answers) for each in plan.questions))
    pairs = [
        (before.text, after.text)
        for before, after in zip(outcome.before, outcome.after, strict=True)
        if before.text is not None and after.text is not None
    ]
    found: dict[str, None] = {}
    for before, after in pairs or [(outcome.shaped.text, outcome.template.text)]:
        result = check.check(before, after)
        if not result.passed:
            found.update(dict.fromkeys(each for each in result.detail if "lose" in each))
    return list(found)


def _step(step: Step, told: Told) -> Step:
    """*step*, with the files that it moved counted as text that was there."""
    if step.guarantee != Guarantee.OUTLINE.name or not step.edits:
        return step
    return replace(step, tokens_before=step.tokens_before + told.included)


def _idle(plan: Plan) -> str:
    """Why a document stays that could be moved."""
    if not any(each.guarantee is Guarantee.OUTLINE for each in plan.passes):
        return "-O3 runs outline-docs"
    return HELD if plan.hold_prefix else "the pass was left out"


def _optimized(template: Template, plan: Plan, ctx: PassContext) -> tuple[Outcome, list[str]]:
    given = [sample.vars for sample in plan.samples]
    passes, notes = _suited(template, plan)
    while True:
        try:
            return optimize(template, passes, ctx, given), notes
        except PassError as error:
            rest = tuple(each for each in passes if each.name != error.pass_name)
            if len(rest) == len(passes):
                raise
            passes = rest
            notes.append(f"{error}. That is a bug in promptc: the pass was left out; report it")


def _suited(template: Template, plan: Plan) -> tuple[tuple[Pass, ...], list[str]]:
    """The passes for *template*; a chat template keeps its words, and its notes say so."""
    rewording = [
        each
        for each in plan.passes
        if each.guarantee is Guarantee.MEANING and each.name not in plan.grant
    ]
    if not rewording or not is_chat_template(template):
        return plan.passes, []
    note = "a chat template: a model was trained on its words, so no pass rewords it"
    return tuple(each for each in plan.passes if each not in rewording), [note]


def _notes(template: Template) -> Iterable[str]:
    for note in template.notes:
        line, column = template.source.position(note.span.start)
        yield f"{line}:{column}: {note.text}"


def _granted(plan: Plan) -> Iterable[str]:
    """Say which passes ran by the template's own leave, and which of those granted did not."""
    passes = plan.grant - files(plan.grant)
    names = [each.name for each in plan.passes if each.name in GRANTS & passes]
    if names:
        yield f"granted: {', '.join(names)}"
    idle = sorted(passes.difference(names))
    if idle:
        yield f"granted and not asked for: {', '.join(idle)}; -O3 runs what is granted"


def _contexts(outcome: Outcome, plan: Plan, ctx: PassContext) -> Iterable[str]:
    """Say what happens to each marked context that was not pruned."""
    names = {each.name for each in plan.passes}
    left: set[str] = set()
    for each in contexts(outcome.template):
        asked = "defer-context" if each.query else "prune-context"
        why = each.why or (_FITS if asked in names else f"-O3 runs {asked}")
        place = _place(outcome.template, each)
        left.add(place)
        yield f"{place}: this context is left as it is: {why}"
    marked = (each for each in contexts(outcome.shaped) if each.query)
    found = [each for each in marked if _place(outcome.shaped, each) not in left]
    given = [sample.vars for sample in plan.samples]
    for each, saving in zip(found, savings(outcome.shaped, found, ctx, given), strict=True):
        told = (
            f"keeps about {saving.after:,.0f} of {saving.before:,.0f} tokens on the samples"
            if saving
            else "was not measured; give [[samples]] that render it"
        )
        yield f"{_place(outcome.shaped, each)}: this context is shortened at run time: {told}"


def _by_hand(template: Template) -> Iterable[str]:
    """Say where the template itself asks for the filter, which the sandbox passes over."""
    if template.syntax.engine != "jinja":
        return
    for leaf in template.leaves:
        if isinstance(leaf, Output | Tag) and _COMPRESS.search(leaf.text):
            line, column = template.source.position(leaf.span.start)
            yield f"{line}:{column}: compress runs at run time; the samples are counted without it"


def _place(template: Template, context: Context) -> str:
    return where(template, context).removeprefix(f"{template.name}:")


def _cost(outcome: Outcome, plan: Plan, told: Told) -> Cost:
    tokenizer, count = plan.tokenizer, told.tokens
    static = (
        static_tokens(outcome.shaped, tokenizer) + told.included,
        static_tokens(outcome.template, tokenizer),
    )
    costs = tuple(
        SampleCost(
            sample.name,
            count(before.text or ""),
            count(after.text or ""),
            before.error or after.error,
        )
        for sample, before, after in zip(
            plan.samples, outcome.before, outcome.after, strict=plan.renderer is not None
        )
    )
    good = [each for each in costs if not each.error]
    means = _means(good) if good else tuple(map(float, static))
    return Cost(
        basis="samples" if good else "static",
        exact=tokenizer.exact,
        before=means[0],
        after=means[1],
        worst=max((each.after for each in good), default=static[1]),
        static_before=static[0],
        static_after=static[1],
        symbolic=symbolic(outcome.template, tokenizer),
        samples=costs,
    )


def _prefix(template: Template, outcome: Outcome, plan: Plan) -> PrefixCost:
    """What every rendering starts with, in the source and in what came of it."""
    count = plan.tokenizer.count
    old, new = (
        static_prefix(each, load=plan.load, bindings=plan.bindings)
        for each in (template, outcome.template)
    )
    return PrefixCost(
        before=count(old.text),
        after=count(new.text),
        end=old.end,
        files=new.files,
        shared=_shared(outcome, count),
    )


def _shared(outcome: Outcome, count: Callable[[str], int]) -> tuple[int, int] | None:
    """Tokens that the renderings of the samples start with, where there are several."""
    old, new = (
        [each.text for each in renderings if each.text is not None]
        for renderings in (outcome.before, outcome.after)
    )
    if min(len(old), len(new)) < 2:
        return None
    return count(common_prefix(old)), count(common_prefix(new))


def _means(costs: Sequence[SampleCost]) -> tuple[float, float]:
    return (
        sum(each.before for each in costs) / len(costs),
        sum(each.after for each in costs) / len(costs),
    )


def priced(compiled: Compiled, price: Price, *, output_tokens: int, calls: int | None) -> Compiled:
    """*compiled* with what a call costs, *output_tokens* of output included, *calls* a month."""
    old, new = (cost(price, tokens) for tokens in (compiled.cost.before, compiled.cost.after))
    output = cost(price, 0, output_tokens) if output_tokens else Decimal(0)
    money = Money(old, new, output, calls, price.date)
    return replace(compiled, cost=replace(compiled.cost, money=money))
