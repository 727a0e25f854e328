"""Every hole of a template is still there, and none is new."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from promptc.ir import Output, Template
from promptc.results import CheckResult

NAME = "holes"
_TRIM = re.compile(r"^\{\{[-+]?\s*|\s*[-+]?\}\}$")


def compare(before: Template, after: Template) -> CheckResult:
    """Compare the expressions of the holes of two templates, spaces aside; how often counts."""
    old, new = Counter(_holes(before)), Counter(_holes(after))
    lost, come = old - new, new - old
    detail = (
        *(f"would lose {_short(hole)}" for hole in lost),
        *(f"would invent {_short(hole)}" for hole in come),
    )
    every = max(old.total(), new.total(), 1)
    score = 1 - max(lost.total(), come.total()) / every
    return CheckResult(NAME, score, 1.0, not detail, detail)


def _holes(template: Template) -> Iterator[str]:
    for leaf in template.leaves:
        if isinstance(leaf, Output):
            yield " ".join(_TRIM.sub("", leaf.text).split())


def _short(hole: str) -> str:
    return f"the hole {hole if len(hole) <= 60 else hole[:59] + '…'!r}"
