"""The share of answers that retrieval keeps, by the tokens that it may bring."""

from __future__ import annotations

from typing import NamedTuple

from promptc.report import figures
from promptc.report.page.views import Curve, Point
from promptc.results import Compiled, Outline


def curves(file: Compiled) -> tuple[Curve, ...]:
    """A curve for each document of *file* that was tried with questions."""
    return tuple(_curve(each) for each in file.outlines if each.by_tokens)


def _curve(each: Outline) -> Curve:
    tried = sorted({Point(trial.mean, trial.recall) for trial in each.by_tokens})
    chosen = Point(each.mean, each.recall) if each.moved else None
    return Curve(f"Answers kept: {each.name}", tuple(tried), chosen)


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
