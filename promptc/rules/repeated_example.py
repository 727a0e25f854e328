from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.analysis.example_sets import example_sets
from promptc.inspection import Hit, Subject
from promptc.source import Span

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class RepeatedExample:
    """A few-shot example that repeats an earlier one.

    Both show the same input and the same output, but for case and spaces. Examples are found in
    sets of three and more: elements such as `<example>`, and rounds of labels such as `Input:` and
    `Output:`.

    Why: Examples are the longest part of many prompts. A copy teaches nothing, and tilts the model
    towards its own answer.

    Fix: Remove the copy, or show a case that the others do not show.

    Leave it: Where the weight is meant: an answer that the model should prefer.
    """

    code: ClassVar[str] = "PC404"
    name: ClassVar[str] = "repeated-example"
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = ""

    def read(self, subject: Subject) -> Iterator[Hit]:
        template = subject.template
        for group in example_sets(template):
            first: dict[tuple[str, str], Span] = {}
            for each in group:
                key = _plain(each.asked), _plain(each.told)
                if not all(key):
                    continue
                earlier = first.setdefault(key, each.span)
                if earlier is not each.span:
                    tokens = subject.tokenizer.count(template.text[slice(*each.span)])
                    line, _ = template.source.position(earlier.start)
                    yield Hit(
                        each.span.stripped(template.text),
                        f"this example of {tokens:,} tokens repeats the one in line {line}",
                        (earlier,),
                    )


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()
