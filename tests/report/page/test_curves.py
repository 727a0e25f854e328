"""The curve of answers kept, and where its points stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptc.report.page.built import page
from promptc.report.page.curves import curves, plot
from promptc.report.page.views import Curve, Point
from promptc.results import Compiled, Outline, Trial
from tests.report.samples import GOOD, built

TRIED = (Trial(4, 800, 1.0, 790), Trial(4, 200, 0.5, 180), Trial(4, 400, 0.9, 390))
MOVED = Outline(
    "handbook", 4000, k=4, tokens=400, mean=390, asked=12, answered=10, recall=0.9,
    by_tokens=TRIED, moved=True,
)  # fmt: skip


def outlined(outline: Outline) -> Compiled:
    return replace(GOOD.files[1], outlines=(outline,))


def test_a_document_that_was_moved_has_a_curve_with_what_was_chosen() -> None:
    (curve,) = curves(outlined(MOVED))
    assert curve.points == (Point(180, 0.5), Point(390, 0.9), Point(790, 1.0))
    assert curve.chosen == Point(390, 0.9)


def test_one_that_stayed_chose_nothing_and_says_why() -> None:
    file = outlined(replace(MOVED, moved=False, why="too few answers"))
    (detail,) = page(built(file)).details
    assert detail.curves[0].chosen is None
    assert "it stays: too few answers" in detail.lists[0].items


def test_nothing_tried_is_no_curve() -> None:
    assert curves(outlined(replace(MOVED, by_tokens=()))) == ()
    assert curves(GOOD.files[0]) == ()


def test_the_curve_rises_to_the_right() -> None:
    drawn = plot(Curve("a", (Point(0, 0), Point(50, 0.5), Point(100, 1))))
    assert drawn.dots == ((44.0, 156.0), (254.0, 85.0), (464.0, 14.0))
    assert [text for _, text in drawn.across] == ["0", "50", "100"]
    assert drawn.up[0] == (156.0, "0%")


@pytest.mark.parametrize("points", [(), (Point(0, 0),)])
def test_few_points_draw_too(points: tuple[Point, ...]) -> None:
    assert plot(Curve("a", points)).width == 480
