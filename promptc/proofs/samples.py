"""What a proof on the tree is confirmed by: renderings of samples, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promptc.analysis import json_text
from promptc.analysis.json_schema import spared
from promptc.protocols import Guarantee
from promptc.results import Rendering

#: From the strictest to the loosest of the guarantees that a rendering can confirm.
CONFIRMED = (Guarantee.EXACT, Guarantee.SPACING, Guarantee.DATA)

_RULER = re.compile(r"(?<=[|:])-+(?=[|:])")


def violation(
    guarantee: Guarantee, before: Sequence[Rendering], after: Sequence[Rendering]
) -> str | None:
    """Say how the renderings of one sample contradict *guarantee*; ``None`` where none does.

    A sample that could not be rendered before confirms nothing, and neither does one that ran out
    of time or memory after.
    """
    if guarantee not in CONFIRMED:
        return None
    for old, new in zip(before, after, strict=True):
        if old.text is None or (new.text is None and new.limit):
            continue
        if new.text is None:
            return f"a sample no longer renders: {new.error}"
        one, two = (_essence(guarantee, text) for text in (old.text, new.text))
        if one != two:
            return f"a sample renders {_around(one, two)}"
    return None


def _essence(guarantee: Guarantee, text: str) -> str:
    """What must be equal: everything; lines and words; the data, and all but spaces between them.

    Blank lines are not counted: with ``keep = 0`` one of them may go.
    """
    if guarantee is Guarantee.EXACT:
        return text
    if guarantee is Guarantee.SPACING:
        return "\n".join(_lines(text))
    return "".join(_data(text))


def _lines(text: str) -> Iterator[str]:
    """The lines that say something: indent and words."""
    for line in text.split("\n"):
        content = line.lstrip(" \t")
        if content:
            words = content.replace("\t", " ").split(" ")
            yield line[: len(line) - len(content)] + " ".join(word for word in words if word)


def _data(text: str) -> Iterator[str]:
    at = 0
    for span in json_text.find(text):
        yield _RULER.sub("-", "".join(text[at : span.start].split()))
        yield repr(spared(json_text.values(text[slice(*span)])))
        at = span.stop
    yield _RULER.sub("-", "".join(text[at:].split()))


def _around(one: str, two: str) -> str:
    """The first place where the texts differ, with a little of what is around it."""
    at = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
    at = min(len(one), len(two)) if at is None else at
    start = max(at - 20, 0)
    return f"{two[start : at + 20]!r} for {one[start : at + 20]!r}"
