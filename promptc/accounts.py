"""The books of the pipeline: which edits were kept, what they saved, what was taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from promptc.analysis.cost import static_tokens
from promptc.ir import Edit, Template, origin_of
from promptc.protocols import Pass, PassContext
from promptc.results import Drop, Step, Undone
from promptc.source import Source, Span


@dataclass(frozen=True)
class Move:
    """One pass's kept edits in one round: the template before, the template after."""

    each: Pass
    before: Template
    after: Template
    edits: tuple[Edit, ...]


@dataclass
class Books:
    """What happened to one template so far."""

    ctx: PassContext
    moves: list[Move] = field(default_factory=list)
    undone: dict[tuple[str, Span, str], Undone] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    _sources: dict[str, Source | None] = field(default_factory=dict)

    def undo(self, each: Pass, template: Template, edit: Edit, reason: str) -> None:
        """Note that *edit* was proposed and not kept."""
        name, origin = origin_of(template, edit.span) or (template.name, Span(0, 0))
        line, column = self._position(template, name, origin)
        before = template.text[slice(*edit.span)]
        after = "".join(patch.text for patch in edit.patches)
        key = (each.name, origin, after)
        self.undone[key] = Undone(each.name, name, line, column, before, after, reason)

    def steps(self, passes: Iterable[Pass]) -> Iterator[Step]:
        """One step per pass that did anything, its rounds summed, in the order of *passes*."""
        for each in passes:
            moves = [move for move in self.moves if move.each is each]
            undone = tuple(note for note in self.undone.values() if note.pass_name == each.name)
            skipped = self.skipped.get(each.name, 0)
            if moves or undone or skipped:
                before, after = self._tokens(moves) if each.earns == "tokens" else (0, 0)
                edits = sum(len(move.edits) for move in moves)
                kind = each.guarantee.name
                yield Step(each.name, each.version, kind, before, after, edits, undone, skipped)

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
