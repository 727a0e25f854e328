"""Run passes, hold them to their word, and keep what earns.

The one place that decides whether an edit stays. Shape passes run first, then rounds of the rest
until no edit is left; every kept round of those takes static tokens away, so it ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from promptc.accounts import Books, Move
from promptc.analysis.cost import segment_spans, segments
from promptc.analysis.kinds import Spans
from promptc.analysis.outlines import granted
from promptc.analysis.prefix import static_prefix
from promptc.analysis.reflow import reflow
from promptc.analysis.structure import changed_code, misread, trespass
from promptc.errors import PassError, TemplateError
from promptc.ir import Edit, Output, Tag, Template
from promptc.proofs import data, exact, outline, samples, selection, spacing
from promptc.protocols import Check, EditCheck, Guarantee, Pass, PassContext, Renderer
from promptc.results import Drop, Rendering, Step, Undone
from promptc.rewrite import ordered, rewrite

HELD = "the provider's cache keeps this text as it is, for less than it would cost shortened"

MAX_ROUNDS = 50
"""Far above what any template needs; passes that never settle are a bug in the passes."""


@dataclass(frozen=True)
class Outcome:
    """An optimized template, what each pass did to it, and every stretch that changed.

    `shaped` is the template after the shape passes alone: it renders to what the source renders
    to, and its literal text is what savings are counted from. `before` and `after` are the
    renderings of the user's samples. `doubts` say what checks have against edits that were kept.
    """

    template: Template
    shaped: Template
    steps: tuple[Step, ...]
    drops: tuple[Drop, ...]
    before: tuple[Rendering, ...] = ()
    after: tuple[Rendering, ...] = ()
    doubts: tuple[str, ...] = ()


def optimize(
    template: Template,
    passes: Iterable[Pass],
    ctx: PassContext,
    given: Sequence[Mapping[str, Any]] = (),
) -> Outcome:
    """Run *passes* over *template*; raise `PassError` where one breaks its promise.

    *given* are the user's samples. Renderings of them, and of samples made up for the template,
    confirm what the proofs say; no rendering of a given sample may get longer.
    """
    passes = tuple(passes)
    run = _Run(template, ctx)
    # One that moves text is none of the first: what it may move depends on what others leave.
    first = [p for p in passes if p.earns == "shape" and p.guarantee is Guarantee.EXACT]
    run.settle(first)
    shaped = run.template
    run.settle([each for each in passes if each not in first])
    books = run.books
    before, after = _confirm(books, template, run.template, given)
    culprit = _lengthens(books, before, after, given)
    if culprit is not None:
        rest = [each for each in passes if each is not culprit]
        outcome = optimize(template, rest, ctx, given)
        return replace(outcome, steps=(*outcome.steps, _left_out(culprit, template)))
    steps, drops = tuple(books.steps(passes)), tuple(books.drops())
    doubts = tuple(books.doubts.values())
    return Outcome(run.template, shaped, steps, drops, before, after, doubts)


class _Run:
    """One template's way through the passes."""

    def __init__(self, template: Template, ctx: PassContext) -> None:
        self.template, self.ctx, self.books = template, ctx, Books(ctx)

    def settle(self, passes: Sequence[Pass]) -> None:
        """Repeat *passes* until none of them changes anything.

        An edit that was undone is barred from the rounds that follow. Once nothing else is left
        it is tried again, for the text around it may have changed: what comes out is a fixed
        point, of which a second build, which knows no bars, changes nothing.
        """
        for _ in range(MAX_ROUNDS):
            if not sum(self.apply(each) for each in passes) and not self.books.lift(passes):
                return
        raise PassError(passes[0].name, f"and others did not settle in {MAX_ROUNDS} rounds")

    def apply(self, each: Pass) -> bool:
        """Run one pass; keep the edits that are proved and that earn. Say whether any was kept."""
        before = self.template
        edits = self.books.allowed(each, before, tuple(each.run(before, self.ctx)))
        # What this round skips is proposed again in the next one: only the last one counts.
        self.books.skipped.pop(each.name, None)
        if self.ctx.hold_prefix and each.earns == "tokens":
            edits = self.behind_prefix(each, edits)
        if not edits:
            return False
        why = trespass(before, edits, each.edits)
        if why:
            raise PassError(each.name, f"{why} (in {before.name})")
        edits, after = self.readable(each, edits)
        self.hold(each, after, edits)
        if each.guarantee is Guarantee.MEANING:
            edits, after = self.meant(each, edits, after)
        elif each.earns == "tokens" and each.guarantee is not Guarantee.OUTLINE:
            edits, after = self.earning(each, edits, after)
        if after.text == before.text:
            return False
        self.books.keep(Move(each, before, after, edits))
        self.template = after
        return True

    def behind_prefix(self, each: Pass, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Undo the edits in the text that every rendering starts with."""
        prefix = static_prefix(self.template, load=self.ctx.load, bindings=self.ctx.bindings)
        behind = tuple(edit for edit in edits if edit.span.start >= prefix.span.stop)
        for edit in edits:
            if edit not in behind:
                self.books.undo(each, self.template, edit, HELD)
        return behind

    def readable(self, each: Pass, edits: tuple[Edit, ...]) -> tuple[tuple[Edit, ...], Template]:
        """Leave out edits after which Jinja would see other tags: ``{ {{`` without its space."""
        fits = _parsed if each.edits else _same_code
        after = fits(self.template, edits)
        if after is not None:
            return edits, after
        good = tuple(self._readable(each, edits))
        after = fits(self.template, good)
        if after is None:
            raise PassError(each.name, f"broke {self.template.name} by edits that clash")
        return good, after

    def _readable(self, each: Pass, edits: tuple[Edit, ...]) -> Iterator[Edit]:
        """Halve *edits* until every part can be read; undo the single ones that can't."""
        fits = _parsed if each.edits else _same_code
        if fits(self.template, edits) is not None:
            yield from edits
        elif len(edits) == 1:
            self.books.undo(each, self.template, edits[0], "the template would be read differently")
        else:
            half = len(edits) // 2
            yield from self._readable(each, edits[:half])
            yield from self._readable(each, edits[half:])

    def hold(self, each: Pass, after: Template, edits: Sequence[Edit]) -> None:
        """Prove the guarantee of *each* on the tree; raise `PassError` where it does not hold."""
        before = self.template
        match each.guarantee:
            case Guarantee.EXACT:
                why = exact.violation(before, after, self.ctx.bindings, self.ctx.load)
            case Guarantee.SPACING:
                why = spacing.violation(before, after, edits)
            case Guarantee.DATA:
                why = data.violation(before, after, edits)
            case Guarantee.SELECTION:
                why = selection.violation(before, after, edits)
            case Guarantee.OUTLINE:
                why = outline.violation(before, after, edits, granted(self.ctx))
            case _:
                why = changed_code(before, after)
        if why:
            raise PassError(
                each.name, f"promised {each.guarantee.value}, but {why} (in {before.name})"
            )

    def earning(
        self, each: Pass, edits: tuple[Edit, ...], after: Template
    ) -> tuple[tuple[Edit, ...], Template]:
        """Keep edits whose stretch of literal text, hole to hole, takes fewer tokens after."""
        before, count = self.template, self.ctx.tokenizer.count
        pairs = zip(segments(before), segments(after), strict=True)
        gains = [count(old) - count(new) if old != new else 0 for old, new in pairs]
        groups = _groups(before, edits)
        good = [g for g in groups if g.in_hole or sum(gains[at] for at in g.segments) > 0]
        if len(good) == len(groups):
            return edits, after
        kept = {id(edit) for group in good for edit in group.edits}
        left = tuple(edit for edit in edits if id(edit) in kept)
        self.books.skipped[each.name] += len(edits) - len(left)
        return left, rewrite(before, left, trusted=not each.edits)

    def meant(
        self, each: Pass, edits: tuple[Edit, ...], after: Template
    ) -> tuple[tuple[Edit, ...], Template]:
        """Keep edits that earn and that every check agrees to; without some, others may not."""
        while True:
            if each.earns == "tokens":
                edits, after = self.earning(each, edits, after)
            left = tuple(edits)
            for check in self.ctx.checks if self.ctx.gate else ():
                left = self.agreed(each, check, left)
                self.books.checks.setdefault(each.name, {})[check.name] = None
            if len(left) == len(edits):
                if not self.ctx.gate:
                    self.doubt(each, edits, after)
                return edits, after
            edits, after = left, rewrite(self.template, left, trusted=not each.edits)

    def doubt(self, each: Pass, edits: tuple[Edit, ...], after: Template) -> None:
        """Note what the checks have against *edits*, all of which are kept."""
        for check in self.ctx.checks:
            if not isinstance(check, EditCheck):
                why = self.objection(check, edits) if edits else None
                if why is not None:
                    self.books.doubt(each, self.template, edits[0], why)
                continue
            for edit, reason in check.objections(self.template, after, edits):
                self.books.doubt(each, self.template, edit, f"{check.name}: {reason}")

    def agreed(self, each: Pass, check: Check, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Leave out the edits that *check* names; a check that names none has them halved."""
        if not isinstance(check, EditCheck):
            return tuple(self.halved(each, check, list(edits)))
        while edits:
            after = rewrite(self.template, edits, trusted=not each.edits)
            reasons = {id(e): why for e, why in check.objections(self.template, after, edits)}
            for edit in edits:
                if id(edit) in reasons:
                    why = f"{check.name}: {reasons[id(edit)]}"
                    self.books.undo(each, self.template, edit, why)
            left = tuple(edit for edit in edits if id(edit) not in reasons)
            if len(left) == len(edits):
                break
            edits = left
        return edits

    def halved(self, each: Pass, check: Check, edits: list[Edit]) -> list[Edit]:
        """Halve *edits* until every part passes *check* or is a single edit that fails it."""
        why = self.objection(check, edits)
        if why is None:
            return edits
        if len(edits) == 1:
            self.books.undo(each, self.template, edits[0], why)
            return []
        half = len(edits) // 2
        good = self.halved(each, check, edits[:half])
        more = self.halved(each, check, edits[half:])
        clash = self.objection(check, good + more)
        if clash is None:
            return good + more
        for edit in more:
            self.books.undo(each, self.template, edit, clash)
        return good

    def objection(self, check: Check, edits: Sequence[Edit]) -> str | None:
        """What *check* says against *edits*, ``None`` where it agrees."""
        after = rewrite(self.template, edits, trusted=True)
        result = check.check(self.template.text, after.text)
        if result.passed:
            return None
        return f"{result.name}: {'; '.join(result.detail) or f'{result.score:.2f}'}"


@dataclass
class _Group:
    """Edits that share stretches of literal text, so that their gains can't be told apart."""

    segments: set[int] = field(default_factory=set)
    edits: list[Edit] = field(default_factory=list)
    in_hole: bool = False


def _groups(template: Template, edits: Sequence[Edit]) -> list[_Group]:
    """*edits* by the stretches of text that they touch; one in a hole only is by itself."""
    starts = [span.start for span in segment_spans(template)]
    holes = Spans(leaf.span for leaf in template.leaves if isinstance(leaf, Output | Tag))
    first = list(range(len(starts)))
    touched: list[set[int]] = []
    for edit in edits:
        literal = (patch for patch in edit.patches if not holes.overlaps(patch.span))
        touched.append({bisect_right(starts, patch.span.start) - 1 for patch in literal})
        for at in touched[-1]:
            first[_root(first, at)] = _root(first, min(touched[-1]))
    groups: dict[int, _Group] = {}
    for number, (edit, stretches) in enumerate(zip(edits, touched, strict=True)):
        key = _root(first, min(stretches)) if stretches else -1 - number
        group = groups.setdefault(key, _Group())
        group.segments |= stretches
        group.edits.append(edit)
        group.in_hole |= any(holes.overlaps(patch.span) for patch in edit.patches)
    return list(groups.values())


def _root(first: list[int], at: int) -> int:
    """The stretch that stands for all that *at* was joined with."""
    while first[at] != at:
        first[at] = first[first[at]]
        at = first[at]
    return at


def _same_code(template: Template, edits: Sequence[Edit]) -> Template | None:
    try:
        after = rewrite(template, edits, trusted=True)
    except TemplateError:
        return None
    return None if changed_code(template, after) else after


def _parsed(template: Template, edits: Sequence[Edit]) -> Template | None:
    try:
        after = rewrite(template, edits)
    except TemplateError:
        return None
    return None if misread(template, after, ordered(edits)) else after


def _confirm(
    books: Books, first: Template, last: Template, given: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Rendering, ...], tuple[Rendering, ...]]:
    """Render before and after; where they contradict the guarantees, find the pass to blame.

    Two renderings settle the ordinary case. Every single move is rendered only when they differ.
    Returns the renderings of the given samples.
    """
    renderer, moves = books.ctx.renderer, books.moves
    if renderer is None or not (given or moves):
        return (), ()
    before, after = renderer.render((first, last), given)
    loosest = [kind for kind in samples.CONFIRMED if any(m.each.guarantee is kind for m in moves)]
    if loosest and samples.violation(loosest[-1], before, after):
        _confirm_each(books, renderer, given)
    elif loosest:
        books.confirm((m.each for m in moves if m.each.guarantee is loosest[-1]), before, after)
    return before[: len(given)], after[: len(given)]


def _confirm_each(books: Books, renderer: Renderer, given: Sequence[Mapping[str, Any]]) -> None:
    """Render every single move; raise `PassError` for the first that breaks its promise."""
    for move in books.moves:
        promise = move.each.guarantee
        old, new = renderer.render((move.before, move.after), given)
        spaced = promise is Guarantee.SPACING
        moved = reflow(move.before, move.edits) if spaced else None
        why = samples.violation(promise, old, new, moved)
        if why:
            where = move.before.name
            raise PassError(move.each.name, f"promised {promise.value}, but {why} (in {where})")
        if promise in samples.CONFIRMED:
            books.confirm((move.each,), old, new)


def _lengthens(
    books: Books,
    before: Sequence[Rendering],
    after: Sequence[Rendering],
    given: Sequence[Mapping[str, Any]],
) -> Pass | None:
    """The first pass that makes a sample's rendering longer; ``None`` where none got longer."""
    renderer = books.ctx.renderer
    if renderer is None or not any(
        _grew(books.ctx, *pair) for pair in zip(before, after, strict=True)
    ):
        return None
    for move in books.moves:
        pair = renderer.render((move.before, move.after), given)
        if any(_grew(books.ctx, *each) for each in zip(*pair, strict=True)):
            return move.each
    return None


def _grew(ctx: PassContext, before: Rendering, after: Rendering) -> bool:
    if before.text is None or after.text is None:
        return False
    return ctx.tokenizer.count(after.text) > ctx.tokenizer.count(before.text)


def _left_out(each: Pass, template: Template) -> Step:
    reason = "a sample's rendering would get longer"
    undone = Undone(each.name, template.name, 1, 1, "", "", reason)
    return Step(each.name, each.version, each.guarantee.name, 0, 0, 0, (undone,))
