from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from promptc.analysis.example_lists import example_lists
from promptc.analysis.example_sets import Example, example_sets
from promptc.analysis.mask import masked
from promptc.ir import Edit, Leaf, Patch, Tag, Template
from promptc.protocols import Guarantee, PassContext

LEAST = 2
"""Examples that stay of every set: one alone shows no pattern."""
_EXAMPLES = r"(?:examples?|samples?|demonstrations?|shots?|exemplars?)"
#: Words about the set as a whole that dropping one would make wrong.
_COUNTED = re.compile(
    rf"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|both|first|second|third|fourth|fifth"
    rf"|last|previous|preceding|next)\s+(?:[a-z-]+\s+){{0,2}}{_EXAMPLES}\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    rf"\b(?:previous|preceding|above|earlier|next|first|second|last) (?:{_EXAMPLES}|question|input)"
    r"\b|\bsame as (?:above|before|the (?:first|last|previous))\b",
    re.IGNORECASE,
)
_REFERRED = re.compile(
    rf"\b{_EXAMPLES}\s+#?((?:\d+|(?-i:[A-Z]))\b(?:\s*(?:,|and|or|to|&|-|–)\s*\d+)*)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NEGATED = re.compile(r"\b(?:not?|never|none|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True)
class PruneExamples:
    """Drop examples that show what another one shows.

    A few-shot set is a run of three and more examples written in the same way (``Q:`` and ``A:``,
    ``Input:`` and ``Output:``, ``<example>`` elements), or a constant list that a loop goes
    through. Of two examples whose inputs are nearly the same and whose outputs are equal the
    second goes. What is left stands as it was, in its order: every label keeps an example, the
    last example stays before the real input, two stay at least, and so does one that the text
    calls by its number. A set that the text counts ("the three examples") stays whole. Needs
    ``grant = ["prune-examples"]`` in the template's sidecar.
    """

    name: ClassVar[str] = "prune-examples"
    guarantee: ClassVar[Guarantee] = Guarantee.SELECTION
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset({Tag})
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    alike: int = 80
    """How much two inputs have in common, in percent of their pairs of words, to be nearly the
    same."""
    most: int = 0
    """Examples to keep of a set at most; 0 keeps all that differ. Every label still keeps one."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        if self.name not in ctx.grant:
            return
        text = masked(template)
        for examples in (*example_sets(template), *example_lists(template)):
            if _spoken_of(text, examples):
                continue
            named = _named(text, examples)
            for at, rule in self._gone(examples, named):
                yield Edit((Patch(examples[at].span, ""),), rule=rule)

    def _gone(self, examples: Sequence[Example], named: set[int]) -> Iterator[tuple[int, str]]:
        """The places of the examples to drop, each with the reason."""
        last = len(examples) - 1
        fixed = {at for at, each in enumerate(examples) if not each.apart} | named | {last}
        kept: list[int] = []
        copies: list[int] = []
        for at, each in enumerate(examples):
            twin = any(self._alike(examples[other], each) for other in kept)
            (copies if twin and at not in fixed else kept).append(at)
        while len(kept) < LEAST:
            kept = sorted([*kept, copies.pop(0)])
        yield from ((at, "near copy") for at in copies)
        if self.most:
            stay = _chosen(examples, kept, fixed, max(self.most, LEAST))
            yield from ((at, "over the cap") for at in kept if at not in stay)

    def _alike(self, one: Example, two: Example) -> bool:
        """Whether *two* shows nothing that *one* does not."""
        if not one.told.strip() or not two.told.strip():
            return False
        if _words(one.told) != _words(two.told) or _negations(one) != _negations(two):
            return False
        first, second = _pairs(one.asked), _pairs(two.asked)
        return len(first & second) * 100 >= self.alike * len(first | second)


def _spoken_of(text: str, examples: Sequence[Example]) -> bool:
    """Whether the text counts the examples, or one of them leans on another."""
    start, stop = examples[0].span.start, examples[-1].span.stop
    around = (text[:start], text[stop:])
    return any(_COUNTED.search(each) for each in around) or bool(_LEANS.search(text, start, stop))


def _named(text: str, examples: Sequence[Example]) -> set[int]:
    """The places of examples that the text calls by a number which is not their own heading."""
    starts = {each.span.start for each in examples}
    called: set[str] = set()
    for match in _REFERRED.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        if line not in starts or match.start() - line > 8:
            called |= set(_WORD.findall(match[1]))
    return {at for at, each in enumerate(examples) if (each.number or str(at + 1)) in called}


def _chosen(
    examples: Sequence[Example], kept: Sequence[int], fixed: set[int], most: int
) -> set[int]:
    """Which of *kept* stay: those that must, the first of every label, then the first ones."""
    stay = fixed & set(kept)
    labels = {at: _words(examples[at].told) for at in kept}
    # Outputs that hardly ever come twice are answers, not labels.
    labeled = len(set(labels.values())) * 2 <= len(kept)
    seen = {labels[at] for at in stay}
    for at in kept if labeled else ():
        if labels[at] not in seen:
            stay.add(at)
            seen.add(labels[at])
    for at in kept:
        if len(stay) >= most:
            break
        stay.add(at)
    return stay


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _pairs(text: str) -> set[tuple[str, ...]]:
    """The pairs of neighboring words, the first and the last word by themselves."""
    words = ("", *_words(text), "")
    return set(pairwise(words))


def _negations(example: Example) -> int:
    return len(_NEGATED.findall(example.asked))
