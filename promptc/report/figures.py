"""Numbers as people read them, and the sums of a build."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from promptc.results import Built, Compiled, Cost, Money, Undone

ARROW = "->"
_SMALLEST = Decimal("0.0001")


@dataclass(frozen=True)
class Bill:
    """US dollars for some number of calls: input *before* and *after*, and *output*."""

    before: Decimal
    after: Decimal
    output: Decimal
    templates: int

    @property
    def saved(self) -> Decimal:
        return self.before - self.after


@dataclass(frozen=True)
class Totals:
    """What all templates of a build cost together, each called once.

    *call* is the bill for one call of each that has a price, *month* for the calls per month of
    those whose number is known; ``None`` where no template has any.
    """

    templates: int
    changed: int
    before: float
    after: float
    worst: int
    exact: bool
    call: Bill | None
    month: Bill | None
    date: str

    @property
    def saved(self) -> float:
        return self.before - self.after

    @property
    def share(self) -> float:
        """Share of tokens saved, in [0, 1]."""
        return self.saved / self.before if self.before else 0.0


def totals(built: Built) -> Totals:
    """Add up the templates of *built*."""
    costs = [file.cost for file in built.files]
    prices = [cost.money for cost in costs if cost.money is not None]
    return Totals(
        templates=len(costs),
        changed=sum(file.changed for file in built.files),
        before=math.fsum(cost.before for cost in costs),
        after=math.fsum(cost.after for cost in costs),
        worst=max((cost.worst for cost in costs if cost.basis == "samples"), default=0),
        exact=all(cost.exact for cost in costs),
        call=_bill((money, 1) for money in prices),
        month=_bill((money, money.calls) for money in prices if money.calls is not None),
        date=max((money.date for money in prices), default=""),
    )


def _bill(prices: Iterable[tuple[Money, int]]) -> Bill | None:
    found = list(prices)
    zero = Decimal(0)
    bill = Bill(
        before=sum((money.before * calls for money, calls in found), zero),
        after=sum((money.after * calls for money, calls in found), zero),
        output=sum((money.output * calls for money, calls in found), zero),
        templates=len(found),
    )
    return bill if found else None


def by_saved(files: Iterable[Compiled]) -> list[Compiled]:
    """Order *files* by tokens saved, the most first, then by name."""
    return sorted(files, key=lambda file: (-file.cost.saved, file.name))


def undone(built: Built) -> list[Undone]:
    """Every edit of *built* that was proposed and not kept."""
    return [each for file in built.files for step in file.steps for each in step.undone]


def sample_notes(cost: Cost) -> list[str]:
    """Say which samples have no rendering, and why."""
    return [
        f"sample '{sample.name}' was not counted: {sample.error}"
        for sample in cost.samples
        if sample.error
    ]


def whole(number: float) -> int:
    """Round half up, as people do."""
    return math.floor(number + 0.5)


def tokens(number: float, exact: bool = True) -> str:
    """Write a number of tokens.

    >>> tokens(1234.5), tokens(812, exact=False)
    ('1,235', '~812')
    """
    return f"{_mark(exact)}{whole(number):,}"


def saved(before: float, after: float, exact: bool = True) -> str:
    """Write tokens saved so that the three numbers of a row agree.

    >>> saved(812.3, 806.7), saved(10, 9.8), saved(10, 12)
    ('5', '<1', '-2')
    """
    difference = whole(before) - whole(after)
    if not difference and before != after:
        return "<1" if before > after else ">-1"
    return f"{_mark(exact)}{difference:,}"


def share(number: float) -> str:
    """Write a share of 1 as a percentage.

    >>> share(0.1234), share(0.0001), share(0)
    ('12.3%', '<0.1%', '0%')
    """
    if 0 < number < 0.0005:
        return "<0.1%"
    return f"{number:.1%}" if number else "0%"


def dollars(amount: Decimal, exact: bool = True) -> str:
    """Write money: cents from a dollar up, hundredths of cents below.

    >>> dollars(Decimal("0.01234")), dollars(Decimal("12.3")), dollars(Decimal("0.00001"))
    ('$0.0123', '$12.30', '<$0.0001')
    """
    size, sign = abs(amount), "-" if amount < 0 else ""
    if not amount:
        return "$0"
    if size < _SMALLEST:
        return ">-$0.0001" if sign else "<$0.0001"
    rounded = round(size, 4)
    digits = f"{rounded:,.2f}" if rounded >= 1 else f"{rounded:.4f}"
    return f"{_mark(exact)}{sign}${digits}"


def count(number: int, noun: str) -> str:
    """Write a number of things.

    >>> count(1, "edit"), count(1200, "edit")
    ('1 edit', '1,200 edits')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _mark(exact: bool) -> str:
    return "" if exact else "~"
