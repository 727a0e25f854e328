from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.inspection import Project, Verdict


@dataclass(frozen=True)
class OverMoney:
    """A template whose input costs more per call than its budget.

    `dollars` of a budget limits what the input of one call costs, at the mean of the samples and at
    the model's price of the day, nothing cached. A model without a known price is not measured.

    Why: The same template costs ten times as much on another model. A budget in money also holds
    when the model changes, or its price does.

    Fix: Shorten the prompt (see PC101), or choose a model that is cheaper for this call.

    Leave it: Where the answer pays for it. Then raise the budget, and the reviewer knows.
    """

    code: ClassVar[str] = "PC102"
    name: ClassVar[str] = "over-money"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for item in project.items:
            most, cost = item.limits.dollars, project.dollars(item.record.tokens)
            if most is not None and cost is not None and cost > most:
                yield Verdict(
                    item,
                    f"one call costs ${cost.normalize():f} of input ({item.record.tokens:,.0f} "
                    f"tokens), over the budget of ${most.normalize():f}",
                )
