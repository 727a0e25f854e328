"""What the rules of `promptc check` read, and what they answer: the contract on one page.

A rule that reads one template answers with `Hit`s; they are kept in the cache with the template. A
rule that compares, with a budget, an earlier state or other templates, reads `Record`s and answers
with `Verdict`s; it is asked every time, since it parses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from promptc.config.gate import Limits
from promptc.config.sidecar import Sample
from promptc.economics.providers import cache_rule
from promptc.files.includes import Load
from promptc.findings import Place
from promptc.ir import Template
from promptc.prices import Price
from promptc.protocols import Tokenizer
from promptc.source import Span


class Hit(NamedTuple):
    """Something that a rule found at *span* of the template's text; it names *others* too."""

    span: Span
    message: str
    others: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One template, and what is known about how it is used.

    *known* are names that need no sample: globals, and variables bound by ``--set``. *price* is
    ``None`` where the model has none.
    """

    template: Template
    tokenizer: Tokenizer
    model: str = "gpt-4o"
    samples: tuple[Sample, ...] = ()
    known: frozenset[str] = frozenset()
    price: Price | None = None
    load: Load = lambda name: None
    bindings: Mapping[str, Any] = field(default_factory=dict)


class Spot(NamedTuple):
    """A `Hit` as the cache keeps it; lines and columns from 1, *others* as (line, column)."""

    code: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    others: tuple[tuple[int, int], ...] = ()


class Saving(NamedTuple):
    """What one pass would save, in static tokens, and where its first edit stands."""

    pass_name: str
    tokens: int
    edits: int
    line: int
    column: int


class Paragraph(NamedTuple):
    """A paragraph by its words: equal *key*, equal paragraph."""

    key: str
    tokens: int
    line: int
    column: int
    end_line: int
    end_column: int


class Lead(NamedTuple):
    """What every rendering starts with: *tokens* of it, up to what ends it at *line*, *column*.

    *kind* says what that is and *shown* how it is written; empty where all is static. *rest* counts
    the static tokens that follow on every path.
    """

    tokens: int
    rest: int
    kind: str
    shown: str
    line: int
    column: int


class Ignore(NamedTuple):
    """A comment that asks to ignore *codes*, all if there are none, in the lines *first*-*last*.

    *line* and *column* are the comment's own. ``last == 0``: the whole file.
    """

    line: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Record:
    """What there is to know about one template, once it was read.

    *tokens* is the mean of the samples, *worst* the largest; both are the static tokens where no
    sample was rendered (*sampled*). *held*: what every call starts with must not get shorter, since
    the provider's cache would keep less of it.
    """

    tokens: float
    worst: int
    static: int
    sampled: bool
    exact: bool
    savings: tuple[Saving, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    spots: tuple[Spot, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    unsampled: tuple[str, ...] = ()
    lead: Lead | None = None
    held: bool = False


class Past(NamedTuple):
    """What a template cost before, by *what*: the baseline, or a revision."""

    tokens: float
    what: str


@dataclass(frozen=True)
class Item:
    """One checked template: its *name* below the template folder, its *path* from here.

    *included*: another template of the check brings it in.
    """

    name: str
    path: str
    record: Record
    limits: Limits = field(default_factory=Limits)
    past: Past | None = None
    included: bool = False


@dataclass(frozen=True)
class Project:
    """All templates of one check."""

    items: tuple[Item, ...]
    price: Price | None = None
    model: str = "gpt-4o"

    def dollars(self, tokens: float) -> Decimal | None:
        """What *tokens* of input cost, ``None`` where the model has no price."""
        if self.price is None:
            return None
        return (Decimal(str(tokens)) * self.price.input).scaleb(-6)

    def cached(self, tokens: float) -> Decimal | None:
        """What it saves to read *tokens* from the provider's cache; ``None``: nobody knows."""
        rule, price = cache_rule(self.model), self.price
        if rule is None or price is None:
            return None
        read = price.input * rule.read if price.cached_input is None else price.cached_input
        return (Decimal(str(tokens)) * (price.input - read)).scaleb(-6)


class Verdict(NamedTuple):
    """Something that a rule found about *item*, at (line, column), else about all of it.

    *error* overrules whether the rule's findings fail the check. *end* is (line, column).
    """

    item: Item
    message: str
    at: tuple[int, int] | None = None
    end: tuple[int, int] | None = None
    others: tuple[Place, ...] = ()
    error: bool | None = None


class Rule(Protocol):
    """A frozen dataclass whose fields are its options and whose docstring is its manual.

    The docstring says what it finds, then has paragraphs that begin with ``Why:``, ``Fix:`` and
    ``Leave it:``. *error*: its findings fail the check. *fixed_by* is the option of `promptc check`
    that takes them away.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    error: ClassVar[bool]
    fixed_by: ClassVar[str]


@runtime_checkable
class Reads(Rule, Protocol):
    """A rule about one template by itself."""

    def read(self, subject: Subject) -> Iterable[Hit]:
        """What is wrong with one template."""
        ...


@runtime_checkable
class Judges(Rule, Protocol):
    """A rule that compares what is known of the templates."""

    def judge(self, project: Project) -> Iterable[Verdict]:
        """What is wrong with the templates of one check."""
        ...


Options = Mapping[str, Any]
