"""The books of the pipeline: which edits were kept, what they saved, what was taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from promptc.analysis.cost import static_tokens
from promptc.ir import Edit, Template, origin_of
from promptc.protocols import Pass, PassContext
from promptc.results import Drop, Rendering, Step, Undone
from promptc.source import Source, Span

Key: TypeAlias = tuple[str, tuple[tuple[str, Span | str, str], ...]]
"""A pass, and for each patch of an edit of its the place that it came from and the new text."""


@dataclass(frozen=True)
class Move:
    """One pass's kept edits in one round: the template before, the template after."""

    each: Pass
    before: Template
    after: Template
    edits: tuple[Edit, ...]


@dataclass
class Books:
    """What happened to one template so far.

    *checks* are those that a pass's kept edits were shown to, by the pass's name; *renderings*
    counts those that bear out its guarantee. *doubts* are what checks said against edits that were
    kept all the same.
    """

    ctx: PassContext
    moves: list[Move] = field(default_factory=list)
    undone: dict[Key, Undone] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    checks: dict[str, dict[str, None]] = field(default_factory=dict)
    doubts: dict[Key, str] = field(default_factory=dict)
    renderings: dict[str, int] = field(default_factory=dict)
    _bars: dict[Key, int] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)

    def keep(self, move: Move) -> None:
        """Note that the edits of *move* are kept, those too that an earlier round undid."""
        self.moves.append(move)
        if self._undid(move.each):
            for edit in move.edits:
                self.undone.pop(_key(move.each, move.before, edit), None)

    def undo(self, each: Pass, template: Template, edit: Edit, reason: str) -> None:
        """Note that *edit* was proposed and not kept, and bar it from the rounds that follow."""
        name, origin = origin_of(template, edit.span) or (template.name, Span(0, 0))
        line, column = self._position(template, name, origin)
        texts = template.text[slice(*edit.span)], _spliced(template, edit)
        key = _key(each, template, edit)
        note = Undone(each.name, name, line, column, *texts, reason, edit.rule, origin)
        self.undone[key], self._bars[key] = note, len(self.moves)

    def doubt(self, each: Pass, template: Template, edit: Edit, reason: str) -> None:
        """Note what a check has against *edit*, which is kept."""
        name, origin = origin_of(template, edit.span) or (template.name, Span(0, 0))
        line, column = self._position(template, name, origin)
        where = f"{line}:{column}" if name == template.name else f"{name}:{line}:{column}"
        self.doubts[_key(each, template, edit)] = f"{where}: {each.name} kept, though {reason}"

    def allowed(self, each: Pass, template: Template, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Those of *edits* that are not barred."""
        if not self._undid(each):
            return edits
        return tuple(edit for edit in edits if _key(each, template, edit) not in self._bars)

    def lift(self, passes: Iterable[Pass]) -> bool:
        """Take away the bars that *passes* got on an earlier text; say whether there were any."""
        names = {each.name for each in passes}
        stale = [k for k, at in self._bars.items() if k[0] in names and at < len(self.moves)]
        for key in stale:
            del self._bars[key]
        return bool(stale)

    def confirm(
        self, passes: Iterable[Pass], before: Sequence[Rendering], after: Sequence[Rendering]
    ) -> None:
        """Note that the renderings *before* and *after* bear out what *passes* promise."""
        pairs = zip(before, after, strict=True)
        number = sum(old.text is not None and new.text is not None for old, new in pairs)
        for each in passes:
            self.renderings[each.name] = min(number, self.renderings.get(each.name, number))

    def _undid(self, each: Pass) -> bool:
        return any(name == each.name for name, _ in self.undone)

    def steps(self, passes: Iterable[Pass]) -> Iterator[Step]:
        """One step per pass that did anything, its rounds summed, in the order of *passes*."""
        for each in passes:
            moves = [move for move in self.moves if move.each is each]
            undone = tuple(note for note in self.undone.values() if note.pass_name == each.name)
            skipped = self.skipped[each.name]
            if moves or undone or skipped:
                before, after = self._tokens(moves) if each.earns == "tokens" else (0, 0)
                yield Step(
                    each.name,
                    each.version,
                    each.guarantee.name,
                    before,
                    after,
                    edits=sum(len(move.edits) for move in moves),
                    undone=undone,
                    skipped=skipped,
                    rules=_rules(moves),
                    checks=tuple(self.checks.get(each.name, ())) if moves else (),
                    renderings=self.renderings.get(each.name, 0),
                )

    def drops(self) -> Iterator[Drop]:
        """Every stretch that was removed or replaced, with its place in the file it came from."""
        for move in self.moves:
            for edit in move.edits:
                yield from self._drops(move, edit)

    def _tokens(self, moves: Sequence[Move]) -> tuple[int, int]:
        """Static tokens before the first of *moves*, and that less what all of them saved."""
        if not moves:
            return 0, 0
        count = self.ctx.tokenizer
        before = static_tokens(moves[0].before, count)
        saved = sum(static_tokens(m.before, count) - static_tokens(m.after, count) for m in moves)
        return before, before - saved

    def _drops(self, move: Move, edit: Edit) -> Iterator[Drop]:
        for patch in edit.patches:
            before = move.before.text[slice(*patch.span)]
            found = origin_of(move.before, patch.span)
            if found is None or before == patch.text:
                continue
            name, origin = found
            line, column = self._position(move.before, name, origin)
            yield Drop(move.each.name, name, origin, line, column, before, patch.text, edit.rule)

    def _position(self, template: Template, name: str, origin: Span) -> tuple[int, int]:
        if name not in self._sources:
            own = name == template.name
            self._sources[name] = template.source if own else self.ctx.load(name)
        source = self._sources[name]
        return source.position(origin.start) if source else (1, 1)


def _key(each: Pass, template: Template, edit: Edit) -> Key:
    """What makes *edit* the same one in a later round, in which it may stand elsewhere.

    Text that promptc wrote has no place in a source; it stands for itself.
    """
    found: list[tuple[str, Span | str, str]] = []
    for patch in edit.patches:
        written = template.name, template.text[slice(*patch.span)]
        found.append((*(origin_of(template, patch.span) or written), patch.text))
    return each.name, tuple(found)


def _spliced(template: Template, edit: Edit) -> str:
    """The text under the span of *edit* as it would read after."""
    parts, at = list[str](), edit.span.start
    for patch in sorted(edit.patches, key=lambda patch: patch.span):
        parts += [template.text[at : patch.span.start], patch.text]
        at = patch.span.stop
    return "".join(parts)


def _rules(moves: Iterable[Move]) -> tuple[tuple[str, int], ...]:
    counts = Counter(edit.rule for move in moves for edit in move.edits if edit.rule)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
