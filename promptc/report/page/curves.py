"""The share of answers that retrieval keeps, by the tokens that it may bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from promptc.report import figures
from promptc.report.page.views import Curve, Point
from promptc.results import Compiled


class Trial(Protocol):
    """What retrieval gave within some limit: *recall*, and *mean* tokens that it brought."""

    @property
    def recall(self) -> float: ...
    @property
    def mean(self) -> float: ...


class Outline(Protocol):
    """What was found out about moving one document behind ``retrieve()``."""

    @property
    def name(self) -> str: ...
    @property
    def before(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def asked(self) -> int: ...
    @property
    def answered(self) -> int: ...
    @property
    def recall(self) -> float: ...
    @property
    def weak(self) -> bool: ...
    @property
    def by_tokens(self) -> Sequence[Trial]: ...
    @property
    def moved(self) -> bool: ...
    @property
    def why(self) -> str: ...


def curves(file: Compiled) -> tuple[Curve, ...]:
    """A curve for each document of *file* that was tried with questions."""
    return curves_of(getattr(file, "outlines", ()))


def curves_of(outlines: Iterable[Outline]) -> tuple[Curve, ...]:
    """A curve for each of *outlines* that was tried at some number of tokens."""
    return tuple(_curve(each) for each in outlines if each.by_tokens)


def _curve(each: Outline) -> Curve:
    tried = sorted({Point(trial.mean, trial.recall) for trial in each.by_tokens})
    chosen = Point(each.mean, each.recall) if each.moved else None
    return Curve(f"Answers kept: {each.name}", tuple(tried), chosen, tuple(_notes(each)))


def _notes(each: Outline) -> Iterator[str]:
    of = f"{each.answered:,} of {figures.count(each.asked, 'question')}"
    yield f"The document has {figures.tokens(each.before)} tokens and answers {of}."
    if each.moved:
        yield (
            f"Retrieval brings {figures.tokens(each.mean)} tokens on average and keeps "
            f"{figures.share(each.recall)} of these answers."
        )
    elif each.why:
        yield f"It was not moved: {each.why}"
    if each.weak:
        yield "The questions were drawn from headings, which proves little; give your own."


class Plot(NamedTuple):
    """A curve in the units of its drawing: *line* as SVG points, then ticks as (where, text)."""

    width: int
    height: int
    line: str
    dots: tuple[tuple[float, float], ...]
    chosen: tuple[float, float] | None
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


_WIDTH, _HEIGHT = 480, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 14, 24


def plot(curve: Curve) -> Plot:
    """Lay *curve* out: tokens from 0 to the right, answers kept from 0 to 100 % upwards."""
    points = [*curve.points, *([curve.chosen] if curve.chosen else [])]
    most = max((point.tokens for point in points), default=0) or 1

    def x(tokens: float) -> float:
        return round(_LEFT + tokens / most * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(kept: float) -> float:
        return round(_HEIGHT - _BOTTOM - kept * (_HEIGHT - _TOP - _BOTTOM), 1)

    dots = tuple((x(point.tokens), y(point.kept)) for point in curve.points)
    return Plot(
        _WIDTH,
        _HEIGHT,
        " ".join(f"{left},{top}" for left, top in dots),
        dots,
        (x(curve.chosen.tokens), y(curve.chosen.kept)) if curve.chosen else None,
        tuple((x(most * part), figures.tokens(most * part)) for part in (0, 0.5, 1)),
        tuple((y(part), f"{part:.0%}") for part in (0, 0.5, 1)),
    )
