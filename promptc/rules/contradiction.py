from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.analysis.dominance import dominates
from promptc.analysis.statements import Statement, clash, statements
from promptc.inspection import Hit, Subject

_COPIES = 8
"""Earlier statements about the same thing that a later one is held against."""


@dataclass(frozen=True)
class Contradiction:
    """Two instructions of which a model can follow only one.

    Found are pairs that say it of the same thing, in the same words: two different limits ("at most
    3 sentences", "at most 5 sentences"), the same instruction with "always" and with "never", or
    with and without "not", and two lengths for the whole answer that exclude each other ("in one
    sentence", "in at least two paragraphs"). Both must stand on one path through the template, in
    one message, and under the same heading or the first before any.

    Why: A model follows one of the two, now this one, now that, and which one changes with its
    version. Both are paid for.

    Fix: Decide, and remove the other one.

    Leave it: Where the second is meant to correct the first for a case that both name in other
    words; write the case into both.
    """

    code: ClassVar[str] = "PC403"
    name: ClassVar[str] = "contradiction"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""

    def read(self, subject: Subject) -> Iterator[Hit]:
        template = subject.template
        known: dict[str, list[Statement]] = {}
        for later in statements(template):
            for earlier in known.get(later.about, [])[:_COPIES]:
                why = clash(earlier, later)
                if why and dominates(template, earlier.span, later.span):
                    line, _ = template.source.position(earlier.span.start)
                    yield Hit(later.span, f"{why} in line {line}", (earlier.span,))
                    break
            known.setdefault(later.about, []).append(later)
