"""What a proof on the tree is confirmed by: renderings of samples, before and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from promptc.analysis import json_text
from promptc.analysis.json_schema import spared
from promptc.analysis.reflow import Reflow
from promptc.protocols import Guarantee
from promptc.results import Rendering

#: From the strictest to the loosest of the guarantees that a rendering can confirm.
CONFIRMED = (Guarantee.EXACT, Guarantee.SPACING, Guarantee.DATA)

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_STRING = re.compile(r'("(?:[^"\\\n]|\\.)*")')
_RULER = re.compile(r"(?<=[|:])-+|-+(?=[|:])")


def violation(
    guarantee: Guarantee,
    before: Sequence[Rendering],
    after: Sequence[Rendering],
    reflow: Reflow | None = None,
) -> str | None:
    """Say how the renderings of one sample contradict *guarantee*; ``None`` where none does.

    *reflow* is what was proved on the whole template instead of gap by gap. A sample that could
    not be rendered before confirms nothing, and neither does one that ran out of time or memory
    after.
    """
    if guarantee not in CONFIRMED:
        return None
    readings = (_REFLOWED[reflow],) if reflow else _READINGS[guarantee]
    for old, new in zip(before, after, strict=True):
        if old.text is None or (new.text is None and new.limit):
            continue
        if new.text is None:
            return f"a sample no longer renders: {new.error}"
        if not any(read(old.text) == read(new.text) for read in readings):
            read = readings[-1]
            return f"a sample renders {_around(read(old.text), read(new.text))}"
    return None


def _whole(text: str) -> str:
    return text


def _spaced(text: str) -> str:
    """Indents and words, line by line; with ``keep = 0`` a blank line may go, so none counts."""
    return "\n".join(_lines(text))


def _unindented(text: str) -> str:
    """Words, line by line."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _unwrapped(text: str) -> str:
    """Words, paragraph by paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in _PARAGRAPH.split(text) if part.strip())


def _tokens(text: str) -> str:
    """All but white space, save in strings, and the number of dashes in a table."""
    pieces = _STRING.split(text)
    pieces[::2] = [_RULER.sub("-", "".join(piece.split())) for piece in pieces[::2]]
    return "".join(pieces)


def _data(text: str) -> str:
    """All but white space, and every JSON by its values."""
    return "".join(_read_data(text))


#: What must be equal: one of these readings, the last of which is shown where none is.
_READINGS: dict[Guarantee, tuple[Callable[[str], str], ...]] = {
    Guarantee.EXACT: (_whole,),
    Guarantee.SPACING: (_spaced,),
    Guarantee.DATA: (_tokens, _data),
}
_REFLOWED: dict[Reflow, Callable[[str], str]] = {
    Reflow.DEDENT: _unindented,
    Reflow.UNWRAP: _unwrapped,
}


def _lines(text: str) -> Iterator[str]:
    """The lines that say something: indent and words."""
    for line in text.split("\n"):
        content = line.lstrip(" \t")
        if content:
            words = content.replace("\t", " ").split(" ")
            yield line[: len(line) - len(content)] + " ".join(word for word in words if word)


def _read_data(text: str) -> Iterator[str]:
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
