from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from promptc.ir import Edit, Leaf, Template
from promptc.protocols import Guarantee, PassContext
from promptc.report import explain_drops, explain_pass
from promptc.report.explain import Option, options
from promptc.results import Drop
from promptc.source import Span
from tests.report.samples import HOSTILE


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
DROPS = (
    Drop("collapse-spaces", "ask.j2", Span(6, 9), 3, 7, "   ", " "),
    Drop("collapse-blank-lines", "ask.j2", Span(40, 44), 5, 12, "\n\n\n\n", "\n\n"),
    Drop("trim-line-ends", "ask.j2", Span(90, 92), 30, 1, "\t ", "", "tabs"),
    Drop("collapse-spaces", "rules.j2", Span(0, 2), 3, 1, "  ", " "),
)


def test_the_manual_tells_what_a_pass_does_and_promises() -> None:
    assert explain_pass(TrimAll, 1) == MANUAL
    assert "level      none: only --pass trim-all runs it" in explain_pass(TrimAll, None)


def test_options_are_the_fields_and_what_stands_under_them() -> None:
    assert options(TrimAll) == [
        Option("keep", "int", "1", "Lines to keep.\nAt least one stays."),
        Option("words", "tuple[str, ...]", "[]", ""),
    ]


def test_a_line_tells_its_edits() -> None:
    assert explain_drops(DROPS, ("ask.j2", 3)) == (
        "ask.j2:3: 1 edit\n\n"
        "  collapse-spaces at 3:7\n"
        "    SPACING: the same words, spaced differently\n"
        "    before  ···\n"
        "    after   ·"
    )


def test_an_edit_belongs_to_every_line_it_ends() -> None:
    shown = [explain_drops(DROPS, ("ask.j2", line)) for line in range(4, 10)]
    assert ["collapse-blank-lines" in each for each in shown] == [
        False, True, True, True, True, False,
    ]  # fmt: skip
    assert "before  ↵↵↵↵\n    after   ↵↵" in shown[1]


def test_what_was_dropped_altogether_says_so() -> None:
    shown = explain_drops(DROPS, ("ask.j2", 30))
    assert "before  →·\n    after   (nothing)" in shown
    assert ", rule tabs\n" in shown


def test_a_line_without_edits_names_the_nearest() -> None:
    assert explain_drops(DROPS, ("ask.j2", 12)) == (
        "ask.j2:12: nothing was changed here; the nearest edits are on lines 3, 5, 30"
    )
    assert explain_drops(DROPS, ("rules.j2", 9)).endswith("on line 3")
    assert explain_drops((), ("ask.j2", 1)) == "ask.j2: nothing was changed in this file"


def test_hostile_text_is_shown() -> None:
    drop = Drop("p", HOSTILE, Span(0, 1), 1, 1, HOSTILE, HOSTILE, HOSTILE)
    shown = explain_drops((drop,), (HOSTILE, 1))
    assert all(line.isprintable() for line in shown.splitlines())
    assert "::error::x" not in shown.replace("\\x3a:", "")
