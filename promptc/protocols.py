"""The contracts between promptc's parts. Everything here is safe to import anywhere."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Protocol,
    TypeAlias,
    runtime_checkable,
)

from promptc.ir import Edit, Leaf, Template
from promptc.results import CheckResult, Objection, Outline, Rendering
from promptc.source import Source, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Guarantee(enum.Enum):
    """What a pass promises about the text its output renders to."""

    EXACT = "the same text on every path"
    SPACING = "the same words, spaced differently"
    DATA = "the same data, written shorter"
    MEANING = "different words; the quality checks agree"
    SELECTION = "verbatim parts of a granted region, in order"
    OUTLINE = "one granted region moved behind retrieve()"


#: Called with how much of a long piece of work is done, and how much it is; ``None`` asks for none.
Progress: TypeAlias = "Callable[[int, int], None] | None"


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


class Scores(NamedTuple):
    """The tokens of one text and what a model would miss without each.

    *spans*: (n, 2) integers, the half-open characters of each token, in order, none overlapping,
    without the white space around it; *bits*: (n,) floats, the surprisal of the token itself. A
    scorer that is no language model may say how much a token matters on a scale of its own.
    """

    spans: NDArray[np.int64]
    bits: NDArray[np.float32]


Hurry: TypeAlias = Callable[[], None]
"""Is called while work goes on; raises where nobody waits for the result anymore."""


def patient() -> None:
    """Wait as long as it takes."""


class Scorer(Protocol):
    """Rates tokens by their surprisal. Safe to use from many threads.

    *name* says which model it is and where it runs; equal versions give equal scores.
    """

    name: str
    version: str

    def score(self, texts: Sequence[str], query: str = "", hurry: Hurry = patient) -> list[Scores]:
        """Rate every token of each text; *query* is what the texts will be asked."""
        ...


class Embedder(Protocol):
    """Maps texts to vectors, near each other where the texts are about the same thing.

    Safe to use from many threads. *version* names the weights: equal versions give equal vectors.
    """

    name: str
    version: str
    dims: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed *texts*: (n, dims), rows of length 1, or 0 where a text has no known token."""
        ...


@dataclass(frozen=True)
class Request:
    """What to keep of some texts: at most *tokens* by *tokenizer*, for *query* if there is one.

    *keep* lists, per text, spans that must stay. *titles* are what the texts are called, empty
    where nothing is known. *deadline* is a value of `time.monotonic`, after which the work is
    given up, as it is when somebody sets *canceled*.
    """

    tokens: int
    tokenizer: Tokenizer
    query: str = ""
    keep: tuple[tuple[Span, ...], ...] = ()
    titles: tuple[str, ...] = ()
    deadline: float | None = None
    canceled: threading.Event | None = None


class Compressor(Protocol):
    """Chooses what texts keep; selects, never rewords. Safe to use from many threads."""

    def keep(self, texts: Sequence[str], request: Request) -> list[tuple[Span, ...]]:
        """For each text the spans to keep, in order; together they stay within the request.

        Raises `BudgetError` where what must be kept exceeds it.
        """
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


class Wanted(NamedTuple):
    """What is asked of a document's retrieval; 0 and ``""`` leave *k*, *tokens* and *embedder*
    to whoever proves it. *recall* is the least share of questions that it must answer.
    """

    k: int
    tokens: int
    recall: float
    embedder: str = ""


class Prover(Protocol):
    """Tells whether the questions about a document are still answered once it is retrieved."""

    def prove(self, name: str, text: str, wanted: Wanted) -> Outline:
        """Try it; `Outline.why` says what speaks against it, empty where nothing does."""
        ...


@dataclass(frozen=True)
class PassContext:
    """What a pass may ask for. Passes hold options; the context holds services.

    *bindings* are variables whose value is known at build time (``--set``). *load* reads the
    template that an include names, relative to the template folder; ``None`` where there is none.
    *renderer* is ``None`` where nothing may be rendered. *grant* names the passes that have leave
    to drop or move what this template says: without it they do nothing; and the documents that
    may be moved. *query* is the name that holds the question, *samples* are the user's own.
    *gate*: an edit that a check objects to is undone; else it is kept, and listed.
    *hold_prefix* has edits left out that would shorten the text that every rendering starts with.
    """

    tokenizer: Tokenizer
    bindings: Mapping[str, Any] = field(default_factory=dict)
    load: Callable[[str], Source | None] = lambda name: None
    renderer: Renderer | None = None
    checks: tuple[Check, ...] = ()
    compressor: Compressor | None = None
    grant: frozenset[str] = frozenset()
    gate: bool = True
    hold_prefix: bool = False
    query: str = ""
    samples: Sequence[Mapping[str, Any]] = ()
    prover: Prover | None = None


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
