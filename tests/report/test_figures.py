from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.report import figures
from tests.report.samples import GOOD, MIXED, NOTHING, built


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0"),
        ("0.00009", "<$0.0001"),
        ("-0.00009", ">-$0.0001"),
        ("0.0123", "$0.0123"),
        ("0.99996", "$1.00"),
        ("12.3", "$12.30"),
        ("-1234.5", "-$1,234.50"),
    ],
)
def test_dollars(amount: str, shown: str) -> None:
    assert figures.dollars(Decimal(amount)) == shown


def test_an_estimate_is_marked() -> None:
    assert figures.dollars(Decimal("-0.5"), exact=False) == "~-$0.5000"
    assert figures.tokens(1204, exact=False) == "~1,204"
    assert figures.saved(10, 4, exact=False) == "~6"


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_the_numbers_of_a_row_agree(before: float, after: float) -> None:
    shown = figures.saved(before, after)
    if shown not in {"<1", ">-1"}:
        row = (figures.tokens(before), figures.tokens(after), shown)
        first, second, third = (int(each.replace(",", "")) for each in row)
        assert first - second == third


def test_a_saving_never_reads_as_none() -> None:
    assert figures.saved(812.3, 812.1) == "<1"
    assert figures.share(0.0001) == "<0.1%"


def test_totals_add_up() -> None:
    total = figures.totals(GOOD)
    assert (total.before, total.after, total.saved) == (2061, 1815, 246)
    assert (total.templates, total.changed, total.worst) == (3, 2, 1310)
    assert total.call is not None
    assert total.call.saved == Decimal("0.000615")
    assert total.month is not None
    assert (total.month.saved, total.month.templates) == (Decimal("67.2"), 1)


def test_totals_are_estimates_where_one_template_is() -> None:
    assert not figures.totals(MIXED).exact
    assert figures.totals(NOTHING).exact


def test_totals_of_nothing() -> None:
    total = figures.totals(built())
    assert (total.before, total.share, total.call, total.month) == (0, 0, None, None)


def test_means_are_rounded_half_up() -> None:
    assert [figures.tokens(each) for each in (812.4, 812.5, 813.5)] == ["812", "813", "814"]
