from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from promptc.ir import Edit, Leaf, Template
from promptc.passes import PASSES
from promptc.protocols import Guarantee, PassContext
from promptc.report import explain_pass, list_passes
from promptc.report.explain import Option, options


@dataclass(frozen=True)
class TrimAll:
    """Trim everything.

    What is left is ``less``.
    """

    name: ClassVar[str] = "trim-all"
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    keep: int = 1
    """Lines to keep.
    At least one stays."""
    words: tuple[str, ...] = field(default_factory=tuple)

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        yield from ()


MANUAL = """\
trim-all

Trim everything.

What is left is `less`.

guarantee  SPACING: the same words, spaced differently
level      -O1 and up
keeps      edits that save tokens and make no sample longer

options
  keep = 1  (int)
      Lines to keep.
      At least one stays.
  words = []  (tuple[str, ...])

set one with --pass trim-all:keep=1"""


def test_the_manual_tells_what_a_pass_does_and_promises() -> None:
    assert explain_pass(TrimAll, 1) == MANUAL
    assert "level      none: only --pass trim-all runs it" in explain_pass(TrimAll, None)


def test_options_are_the_fields_and_what_stands_under_them() -> None:
    assert options(TrimAll) == [
        Option("keep", "int", "1", "Lines to keep.\nAt least one stays."),
        Option("words", "tuple[str, ...]", "[]", ""),
    ]


def test_the_list_has_a_line_for_every_pass() -> None:
    lines = list_passes().splitlines()
    assert len(lines) == len(PASSES)
    assert "fold-constants        Fold holes" in lines[1]
    assert "``" not in list_passes()
