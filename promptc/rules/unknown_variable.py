from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.analysis.optional import optional
from promptc.analysis.variables import variables
from promptc.errors import TemplateError, nearest
from promptc.inspection import Hit, Subject
from promptc.ir import Comment, Template, Text
from promptc.source import Span


@dataclass(frozen=True)
class UnknownVariable:
    """A variable that the template reads and none of its samples gives.

    The samples are those of `NAME.j2.toml`. Globals that the configuration names, variables that
    `[set]` binds, and variables that the template tests or gives a default are left out. A template
    without samples is not judged.

    Why: Jinja prints nothing for a variable that is not there, and the model reads a prompt with a
    hole in it. A misspelled name is the usual cause.

    Fix: Correct the name, or add the variable to a sample.

    Leave it: Where the application's environment sets it: name it in `globals`.
    """

    code: ClassVar[str] = "PC501"
    name: ClassVar[str] = "unknown-variable"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""

    def read(self, subject: Subject) -> Iterator[Hit]:
        given = {name for sample in subject.samples for name in sample.vars}
        if not subject.samples:
            return
        try:
            read = variables(subject.template)
        except TemplateError:
            return
        missing = read - given - subject.known - optional(subject.template)
        for name in sorted(missing):
            near = nearest(name, given) if given else ""
            hint = f"; {near}" if near.startswith("did you mean") else ""
            message = f"no sample gives the variable {name!r}{hint}"
            yield Hit(_first(subject.template, name), message)


def _first(template: Template, name: str) -> Span:
    """Where *name* stands first in a tag or a hole."""
    word = re.compile(rf"(?<![\w.\"']){re.escape(name)}\b")
    for leaf in template.leaves:
        if isinstance(leaf, Text | Comment):
            continue
        match = word.search(leaf.text)
        if match:
            start = leaf.span.start + match.start()
            return Span(start, start + len(name))
    return Span(0, 0)
