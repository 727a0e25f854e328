"""A selection holds nothing but parts of the text it was made from, in order."""

from __future__ import annotations

import re

from promptc.ir import Template, Text
from promptc.results import CheckResult
from promptc.source import Source

_TOKEN = re.compile(r"\w+|[^\w\s]")


def verbatim(before: str, after: str) -> CheckResult:
    """Whether the words and signs of *after* stand in *before*, in their order.

    The score is the share of them up to the first that doesn't.
    """
    words = [match[0] for match in _TOKEN.finditer(before)]
    parts = list(_TOKEN.finditer(after))
    at = 0
    for told, match in enumerate(parts):
        try:
            at = words.index(match[0], at) + 1
        except ValueError:
            line, column = Source(after).position(match.start())
            shown = " ".join(after[match.start() : match.start() + 60].split())
            detail = f"not a part of the text before: {shown!r} at {line}:{column} of the result"
            return CheckResult("verbatim", told / len(parts), 1.0, False, (detail,))
    return CheckResult("verbatim", 1.0, 1.0, True)


def protected(before: Template, after: Template) -> CheckResult:
    """Whether text that is locked, as between ``off`` and ``on``, is there byte for byte."""
    locked = [
        leaf.text for leaf in before.leaves if leaf.locked and isinstance(leaf, Text) and leaf.text
    ]
    rest = after.text
    lost = []
    for each in locked:
        at = rest.find(each)
        if at < 0:
            shown = " ".join(each.split())
            lost.append(f"would lose protected text: {shown[:60]!r}")
        else:
            rest = rest[at + len(each) :]
    score = 1 - len(lost) / len(locked) if locked else 1.0
    return CheckResult("protected", score, 1.0, not lost, tuple(lost))
