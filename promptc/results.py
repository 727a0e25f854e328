"""Every value that promptc hands back. Numbers are numbers; `report` formats them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from promptc.ir import Edit
from promptc.prefix_costs import (
    CacheRule,
    CacheVerdict,
    Caching,
    Ending,
    Kept,
    PrefixCost,
)
from promptc.source import Mapping, Note, Span

_SHOWN = 60
_NO_PREFIX = PrefixCost(0, 0)


class FactKind(enum.StrEnum):
    """What a text states that may not get lost; the value is what reports call it."""

    HOLE = "hole"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    MODAL = "modal"
    LIMIT = "limit"
    QUOTE = "quote"
    URL = "URL"
    EMAIL = "e-mail address"
    PATH = "path"
    IDENTIFIER = "identifier"
    CODE = "code"
    KEY = "key"
    TAG = "tag"
    ROLE = "role marker"
    MARK = "mark"


class Fact(NamedTuple):
    """One thing that a text states, and where.

    Facts of one *kind* and *key* are the same, if their *heads* agree: the unit of a number, or
    the words that a negation or a modal is about.
    """

    kind: FactKind
    text: str
    span: Span
    key: str
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What a quality check found: *score* in [0, 1], passed at or above *threshold*.

    *detail* says in words what is wrong. *lost* are facts of the text before, with their place in
    it, *invented* those of the text after.
    """

    name: str
    score: float
    threshold: float
    passed: bool
    detail: tuple[str, ...] = ()
    lost: tuple[Fact, ...] = ()
    invented: tuple[Fact, ...] = ()


class Objection(NamedTuple):
    """An edit after which a check would fail, and why."""

    edit: Edit
    reason: str


class Drop(NamedTuple):
    """One stretch of a source that a pass removed or replaced.

    *span* counts characters of the source text with ``\\n`` line ends; *line* and *column* from 1.
    *before* is what stood there, *after* what the pass wrote in its place.
    """

    pass_name: str
    source: str
    span: Span
    line: int
    column: int
    before: str
    after: str
    rule: str = ""


class Undone(NamedTuple):
    """An edit that was proposed and not kept, and why; *span* is as in `Drop`."""

    pass_name: str
    source: str
    line: int
    column: int
    before: str
    after: str
    reason: str
    rule: str = ""
    span: Span = Span(0, 0)


@dataclass(frozen=True)
class Step:
    """What one pass did to one template, its rounds summed. Tokens are static tokens.

    *edits* were kept; *undone* were taken back, each with its reason; *skipped* saved no tokens.
    *rules* counts the kept ones by their rule, the most first. *checks* were asked and agreed to
    every kept one. *renderings* bear out the guarantee; 0 where none was compared for it.
    """

    name: str
    version: int
    guarantee: str
    tokens_before: int
    tokens_after: int
    edits: int
    undone: tuple[Undone, ...] = ()
    skipped: int = 0
    rules: tuple[tuple[str, int], ...] = ()
    checks: tuple[str, ...] = ()
    renderings: int = 0

    @property
    def saved(self) -> int:
        return self.tokens_before - self.tokens_after


class SampleCost(NamedTuple):
    """Tokens of one sample's rendering, before and after; *error* says why there is none."""

    name: str
    before: int
    after: int
    error: str = ""


class Rendering(NamedTuple):
    """What a template renders to with one sample; where *text* is ``None``, *error* says why.

    *limit*: it took too much time, memory or output, which says nothing about the template.
    """

    text: str | None
    error: str = ""
    limit: bool = False


class Trial(NamedTuple):
    """What retrieval gave: *recall*, the share of questions whose answer it brought, within *k*
    passages and *tokens*; *mean* are the tokens of what it brought.
    """

    k: int
    tokens: int
    recall: float
    mean: float


@dataclass(frozen=True)
class Outline:
    """What was found out about moving one document behind ``retrieve()``.

    *place* is where it stands in its template, *file* the file that an include brings in. *moved*
    says whether it was, *why* what kept it. *k* and *tokens* are the limits of the hole, *before*
    the tokens of the document and *mean* of what retrieval brings instead, over the questions.
    *asked* counts the questions, *answered* those that the document answers; *recall* is the share
    of these that retrieval answers. *weak*: the questions were drawn from headings. *by_k* and
    *by_tokens* are what else was tried. *text* is the document where it was moved.
    """

    name: str
    before: int
    k: int = 0
    tokens: int = 0
    mean: float = 0.0
    asked: int = 0
    answered: int = 0
    recall: float = 0.0
    weak: bool = False
    by_k: tuple[Trial, ...] = ()
    by_tokens: tuple[Trial, ...] = ()
    why: str = ""
    embedder: str = ""
    moved: bool = False
    place: str = ""
    file: str = ""
    text: str = ""


@dataclass(frozen=True)
class Compressed:
    """A compressed input, in the shape it came in: one of *text*, *documents* and *messages*.

    *inputs* are the texts that were compressed, one per text, document or message; *kept* are, per
    input, the spans that stay, in order. *limit* is what the budget came to. *met* says whether
    *tokens_after* is within it; it is not where the input was passed through at a deadline. *saved*
    is in US dollars per call, ``None`` where the model has no known price; *price_date* is the day
    of the price. *timings* are in milliseconds. *scorer* names the model that rated tokens.
    """

    text: str | None
    documents: tuple[Any, ...] | None
    messages: tuple[Any, ...] | None
    inputs: tuple[str, ...]
    kept: tuple[tuple[Span, ...], ...]
    tokens_before: int
    tokens_after: int
    limit: int
    met: bool
    exact: bool
    saved: Decimal | None = None
    price_date: str = ""
    checks: tuple[CheckResult, ...] = ()
    timings: tuple[tuple[str, float], ...] = ()
    cached: bool = False
    scorer: str = "embedded"

    @property
    def rate(self) -> float:
        """Tokens after by tokens before; 1 for an empty input."""
        return self.tokens_after / self.tokens_before if self.tokens_before else 1.0

    @property
    def dropped(self) -> tuple[tuple[Span, ...], ...]:
        """Per input the spans that went, in order."""
        return tuple(
            _between(text, spans) for text, spans in zip(self.inputs, self.kept, strict=True)
        )

    def explain(self) -> str:
        """Say what stayed of each input and how what went begins."""
        sign = "" if self.exact else "~"
        lines = [
            f"{sign}{self.tokens_before:,} -> {sign}{self.tokens_after:,} tokens, "
            f"rate {self.rate:.2f}, limit {self.limit:,}{'' if self.met else ': NOT met'}"
        ]
        for number, (text, gone) in enumerate(zip(self.inputs, self.dropped, strict=True)):
            left = len(text) - sum(stop - start for start, stop in gone)
            lines.append(f"input {number}: {left:,} of {len(text):,} characters kept")
            for start, stop in gone:
                shown = " ".join(text[start : min(stop, start + _SHOWN)].split())
                if shown:
                    more = "…" if stop - start > _SHOWN else ""
                    lines.append(f"  dropped {start:,}-{stop:,}: {shown}{more}")
        return "\n".join(lines)


def _between(text: str, kept: tuple[Span, ...]) -> tuple[Span, ...]:
    edges = [Span(0, 0), *kept, Span(len(text), len(text))]
    gaps = (Span(one.stop, two.start) for one, two in pairwise(edges))
    return tuple(gap for gap in gaps if gap.start < gap.stop)


@dataclass(frozen=True)
class Money:
    """US dollars per call: the input *before* and *after*, and the *output*, which promptc leaves.

    *calls* is the number of calls per month, ``None`` where the user gave none. *date* is the day
    that the prices are of.
    """

    before: Decimal
    after: Decimal
    output: Decimal
    calls: int | None
    date: str

    @property
    def saved(self) -> Decimal:
        return self.before - self.after


@dataclass(frozen=True)
class Cost:
    """What one template costs per call.

    With samples `before` and `after` are the mean tokens of their renderings, else the static
    tokens: the literal text, less holes and what is known never to be rendered (``basis``).
    `symbolic` is the cost as a formula over the template's variables. `worst` is the largest
    rendering after, in tokens. `caching` is ``None`` where no price is known for the model, or no
    rule of its provider's cache.
    """

    basis: str
    exact: bool
    before: float
    after: float
    worst: int
    static_before: int
    static_after: int
    symbolic: str = ""
    samples: tuple[SampleCost, ...] = ()
    money: Money | None = None
    caching: CacheVerdict | None = None

    @property
    def saved(self) -> float:
        return self.before - self.after

    @property
    def share(self) -> float:
        """Share of tokens saved, in [0, 1]."""
        return self.saved / self.before if self.before else 0.0


@dataclass(frozen=True)
class Paying:
    """US dollars per call, input only: with the documents of a template, and with retrieval.

    *before* and *after* are without any cache. *warm_before* and *warm_after* are calls that find
    the prompt's beginning in the provider's cache, *cached* tokens of it before; ``None``: nothing
    is known of one. *share* of the calls are taken to be warm; *loses*: at that share the swap
    costs more. *tipping* is the share from which it does, and *busy* the calls a month that give
    it; ``None``: it never does.
    """

    before: Decimal
    after: Decimal
    warm_before: Decimal | None = None
    warm_after: Decimal | None = None
    cached: int = 0
    share: float | None = None
    loses: bool = False
    tipping: float | None = None
    busy: int | None = None


@dataclass(frozen=True)
class Compiled:
    """An optimized template, and what it took.

    *outlines* tell of its documents, and *paying*, where one was moved, what that is worth.
    """

    name: str
    source: str
    text: str
    data: bytes
    origins: tuple[Mapping, ...]
    steps: tuple[Step, ...]
    drops: tuple[Drop, ...]
    cost: Cost
    notes: tuple[str, ...] = ()
    requires: tuple[str, ...] = field(default=())
    outlines: tuple[Outline, ...] = ()
    paying: Paying | None = None
    prefix: PrefixCost = _NO_PREFIX

    @property
    def changed(self) -> bool:
        return self.source != self.text


class Failure(NamedTuple):
    """A template that could not be compiled; *message* starts with file, line and column."""

    name: str
    message: str


@dataclass(frozen=True)
class Built:
    """What a build did: one `Compiled` per template, in the order of their names.

    *cached* of them were taken from the cache. *removed* lists outputs deleted because their
    source is gone. *published* says whether the output folder was written. *notes* are about the
    build as a whole. *cache_rule* is what the provider of the model does with static prefixes.
    """

    files: tuple[Compiled, ...]
    failures: tuple[Failure, ...]
    model: str
    tokenizer: str
    exact: bool
    level: int
    out: str
    cached: int = 0
    removed: tuple[str, ...] = ()
    published: bool = False
    notes: tuple[str, ...] = ()
    cache_rule: CacheRule | None = None


__all__ = [
    "Built", "CacheRule", "CacheVerdict", "Caching", "CheckResult", "Compiled", "Compressed",
    "Cost", "Drop", "Ending", "Fact", "FactKind", "Failure", "Kept", "Mapping", "Money", "Note",
    "Objection", "Outline", "Paying", "PrefixCost", "Rendering", "SampleCost", "Step", "Trial",
    "Undone",
]  # fmt: skip
