"""Says of each document of a template whether it may move: by its questions, tried on an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from promptc.outlining.bringing import Limits, bring, reached
from promptc.outlining.questions import Asked, answered, drawn, plain
from promptc.outlining.shelf import Recipe, Shelf
from promptc.outlining.trials import SAVES, Choice, Trials, choose
from promptc.protocols import Compressor, Tokenizer, Wanted
from promptc.results import Outline

if TYPE_CHECKING:
    from promptc.retrieval import Index

MOST_DRAWN = 100
"""Questions that are drawn from one document at most, evenly over it."""


@dataclass
class Proofs:
    """Proves the documents of one template, each once, by *questions*.

    Where none of these is about a document, or there are none, its headings are asked.
    """

    questions: Sequence[Asked]
    tokenizer: Tokenizer
    compressor: Compressor
    shelf: Shelf = field(default_factory=Shelf)
    found: dict[str, Outline] = field(default_factory=dict)
    _indexes: dict[str, Index] = field(default_factory=dict)

    def prove(self, name: str, text: str, wanted: Wanted) -> Outline:
        """Try it; `Outline.why` says what speaks against it, empty where nothing does."""
        if name not in self.found:
            self.found[name] = self._proved(name, text, wanted)
        return self.found[name]

    def retrieved(self, name: str, query: str, limits: Limits) -> str | None:
        """What a document that was proved gives for *query*; ``None`` for every other name."""
        index = self._indexes.get(name)
        if index is None:
            return None
        return bring(index, query, limits, self.tokenizer, self.compressor).text

    def _proved(self, name: str, text: str, wanted: Wanted) -> Outline:
        before, text = self.tokenizer.count(text), _readable(name, text)
        index = self.shelf.index(Recipe(name, text, self.tokenizer, wanted.embedder))
        self._indexes[name] = index
        own = tuple(each for each in self.questions if answered(each.answers, plain(text)))
        asked = own or _drawn(index, text)
        start = Outline(
            name,
            before=before,
            k=wanted.k,
            tokens=wanted.tokens,
            asked=len(self.questions if own else asked),
            answered=len(asked),
            weak=not own,
            embedder=wanted.embedder,
            text=text,
        )
        if not asked:
            return replace(start, why="nothing shows that it is still answered; add [[questions]]")

        def retrieve(query: str, k: int, tokens: int) -> object:
            return bring(index, query, Limits(k, tokens), self.tokenizer, self.compressor)

        def reach(one: Asked, k: int) -> float:
            return reached(index, one, k, self.tokenizer)

        trials = Trials(retrieve, asked, reach)  # type: ignore[arg-type]
        choice = choose(trials, wanted, start.before)
        if choice is None:
            return _refused(start, trials, wanted)
        return replace(_told(start, choice), why=_few(start, choice))


def _readable(name: str, text: str) -> str:
    """What is indexed of a document: of HTML what its reader sees."""
    if not name.lower().endswith((".html", ".htm")):
        return text
    from promptc.passages.markup import markdown

    return markdown(text, name)


def _drawn(index: Index, text: str) -> tuple[Asked, ...]:
    """Questions of the document itself, of those that it answers in words."""
    shown = plain(text)
    found = drawn([index.table[number] for number in range(len(index))])
    found = tuple(each for each in found if answered(each.answers, shown))
    return found[:: max(-(-len(found) // MOST_DRAWN), 1)]


def _told(start: Outline, choice: Choice) -> Outline:
    k, tokens, recall, mean = choice.chosen
    return replace(
        start,
        k=k,
        tokens=tokens,
        recall=recall,
        mean=mean,
        by_tokens=choice.by_tokens,
        by_k=choice.by_k,
    )


def _few(start: Outline, choice: Choice) -> str:
    """What speaks against limits that too few questions show; empty where they are enough."""
    if not choice.enough:
        return ""
    asked = "headings are" if start.weak else "questions are"
    asked = f"{start.answered} {asked}" if start.answered > 1 else "one question is"
    return (
        f"{asked} too few to tell what others need of {start.before:,} tokens; ask "
        f"{choice.enough} or more, or set tokens"
    )


def _refused(start: Outline, trials: Trials, wanted: Wanted) -> Outline:
    """*start* with what was tried, and the limits at which it would pass."""
    tried = trials.tried
    best = max(tried, key=lambda each: (each.recall, -each.tokens), default=None)
    if best is None:
        return replace(
            start, why=f"at {start.before:,} tokens it is too short for retrieval to pay"
        )
    reached = f"{best.recall:.2f} of its questions answered at k={best.k}, tokens={best.tokens}"
    why = f"{reached}, and recall={wanted.recall:g} is asked"
    told = replace(start, recall=best.recall, mean=best.mean, by_tokens=tried)
    if wanted.k or wanted.tokens:
        free = choose(trials, wanted._replace(k=0, tokens=0), start.before)
        if free:
            k, tokens = free.chosen.k, free.chosen.tokens
            return replace(told, why=f"{why}; k={k} tokens={tokens} would do")
    most = int(SAVES * start.before)
    return replace(told, why=f"{why}; no limit below {most:,} tokens reaches it")
