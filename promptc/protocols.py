"""The contracts between promptc's parts. Everything here is safe to import anywhere."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from promptc.ir import Edit, Leaf, Template
from promptc.results import CheckResult, Objection, Rendering
from promptc.source import Source, Span


class Guarantee(enum.Enum):
    """What a pass promises about the text its output renders to."""

    EXACT = "the same text on every path"
    SPACING = "the same words, spaced differently"
    DATA = "the same data, written shorter"
    MEANING = "different words; the quality checks agree"
    SELECTION = "verbatim parts of a granted region, in order"
    OUTLINE = "one granted region moved behind retrieve()"


class Tokenizer(Protocol):
    """Counts tokens as one model does. ``exact=False`` is a stated approximation."""

    name: str
    exact: bool

    def count(self, text: str) -> int:
        """Tokens of *text*, special-token text read as ordinary text."""
        ...


class Check(Protocol):
    """Measures whether a rewrite still says the same."""

    name: str

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        """Compare two renderings."""
        ...


@runtime_checkable
class EditCheck(Check, Protocol):
    """A check that can tell which edits of a template make it fail."""

    def objections(
        self, before: Template, after: Template, edits: Sequence[Edit]
    ) -> tuple[Objection, ...]:
        """Name the edits that fail; *after* is *before* with all *edits* applied."""
        ...


class Compressor(Protocol):
    """Chooses what texts keep; selects, never rewords."""

    def keep(self, texts: Sequence[str], *, tokens: int, query: str = "") -> list[tuple[Span, ...]]:
        """For each text the spans to keep, in order, at most *tokens* over all of them."""
        ...


class Renderer(Protocol):
    """Renders one template and its rewrites, where they can do no harm."""

    def render(
        self, templates: Sequence[Template], given: Sequence[Mapping[str, Any]]
    ) -> list[tuple[Rendering, ...]]:
        """For each template one rendering per given sample, then those of samples made up for it.

        Made-up values are distinct marks for variables, and loops that run 0, 1 and 2 times.
        """
        ...


@dataclass(frozen=True)
class PassContext:
    """What a pass may ask for. Passes hold options; the context holds services.

    *bindings* are variables whose value is known at build time (``--set``). *load* reads the
    template that an include names, relative to the template folder; ``None`` where there is none.
    *renderer* is ``None`` where nothing may be rendered. *grant* names the passes that have leave
    to drop or move what this template says: without it they do nothing.
    """

    tokenizer: Tokenizer
    bindings: Mapping[str, Any] = field(default_factory=dict)
    load: Callable[[str], Source | None] = lambda name: None
    renderer: Renderer | None = None
    checks: tuple[Check, ...] = ()
    compressor: Compressor | None = None
    grant: frozenset[str] = frozenset()


class Pass(Protocol):
    """A named rewrite of a template: a frozen dataclass whose fields are its options.

    `edits` are the kinds of leaf its patches may touch besides `Text`. `earns`: an edit is kept
    when it saves ``"tokens"``, or, for a pass that changes the ``"shape"``, when every sample
    renders the same.
    """

    name: ClassVar[str]
    guarantee: ClassVar[Guarantee]
    version: ClassVar[int]
    edits: ClassVar[frozenset[type[Leaf]]]
    earns: ClassVar[Literal["tokens", "shape"]]

    def run(self, template: Template, ctx: PassContext) -> Iterable[Edit]:
        """Independent edits to *template*; they must not overlap."""
        ...
