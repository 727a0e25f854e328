"""The curve of answers kept, and where its points stand."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from promptc.report.page.curves import curves, curves_of, plot
from promptc.report.page.views import Curve, Point
from tests.report.samples import GOOD


@dataclass(frozen=True)
class Tried:
    recall: float
    mean: float


@dataclass(frozen=True)
class Outlined:
    """What a build hands back of a document."""

    name: str = "handbook"
    before: int = 4000
    mean: float = 400
    asked: int = 12
    answered: int = 10
    recall: float = 0.9
    weak: bool = False
    moved: bool = True
    why: str = ""
    by_tokens: tuple[Tried, ...] = field(
        default=(Tried(1.0, 800), Tried(0.5, 200), Tried(0.9, 400))
    )


def test_a_document_that_was_moved_has_a_curve_with_what_was_chosen() -> None:
    (curve,) = curves_of([Outlined()])
    assert curve.points == (Point(200, 0.5), Point(400, 0.9), Point(800, 1.0))
    assert curve.chosen == Point(400, 0.9)
    assert curve.notes == (
        "The document has 4,000 tokens and answers 10 of 12 questions.",
        "Retrieval brings 400 tokens on average and keeps 90.0% of these answers.",
    )


def test_one_that_stayed_says_why_and_chose_nothing() -> None:
    (curve,) = curves_of([Outlined(moved=False, why="too few answers", weak=True)])
    assert curve.chosen is None
    assert "It was not moved: too few answers" in curve.notes
    assert curve.notes[-1].startswith("The questions were drawn from headings")


def test_nothing_tried_is_no_curve() -> None:
    assert curves_of([Outlined(by_tokens=())]) == ()
    assert curves(GOOD.files[0]) == ()


def test_the_curve_rises_to_the_right() -> None:
    drawn = plot(Curve("a", (Point(0, 0), Point(50, 0.5), Point(100, 1))))
    assert drawn.dots == ((44.0, 156.0), (254.0, 85.0), (464.0, 14.0))
    assert [text for _, text in drawn.across] == ["0", "50", "100"]
    assert drawn.up[0] == (156.0, "0%")


@pytest.mark.parametrize("points", [(), (Point(0, 0),)])
def test_few_points_draw_too(points: tuple[Point, ...]) -> None:
    assert plot(Curve("a", points)).width == 480
