"""Compare renderings: what a model would have read from the source, and from the output."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks.auditing import meaning
from benchmarks.auditing.harm import Harm, difference
from benchmarks.auditing.layout import layout
from benchmarks.auditing.marks import plain, thaw

_HERE = Path(__file__).resolve().parents[2]
_BATCH = 40
_SECONDS_EACH = 30

_Differences: TypeAlias = Callable[[list[list[str]]], Iterator[str]]


class Pair(NamedTuple):
    """A template and the files it may include, by name, from the source and from the output."""

    name: str
    before: dict[str, str]
    after: dict[str, str]


class Rendered(NamedTuple):
    """How many of the contexts a template rendered in, and the harm that they showed."""

    contexts: int
    harms: list[Harm]


def compare(
    pairs: Sequence[Pair], *, seconds: float = 2.0, reworded: bool = False
) -> list[Rendered]:
    """Render every pair in stock Jinja; differences of layout alone are no harm.

    A rendering that takes longer than *seconds* is cut and counts as an error. *reworded*: fewer
    words for the same are no harm either.
    """
    differences = _reworded if reworded else _differences
    found: list[Rendered] = []
    for at in range(0, len(pairs), _BATCH):
        batch = pairs[at : at + _BATCH]
        for pair, answer in zip(batch, _answers(batch, seconds), strict=True):
            found.append(_judged(pair.name, answer, differences))
    return found


def _answers(pairs: Sequence[Pair], seconds: float) -> list[dict[str, Any] | None]:
    """What the worker says of each pair, ``None`` where it was ended."""
    answers = _run(pairs, seconds)
    if answers is not None:
        return [*answers]
    if len(pairs) == 1:
        return [None]
    return [each for pair in pairs for each in _answers([pair], seconds)]


def _run(pairs: Sequence[Pair], seconds: float) -> list[dict[str, Any]] | None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.auditing.render_worker", str(seconds)],
            input=json.dumps([pair._asdict() for pair in pairs]).encode(),
            capture_output=True,
            cwd=_HERE,
            timeout=_SECONDS_EACH * len(pairs),
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def _judged(name: str, answer: dict[str, Any] | None, differences: _Differences) -> Rendered:
    if answer is None:
        return Rendered(0, [Harm("not rendered", name, "the process was ended")])
    harms = [Harm("rendering", name, excerpt) for excerpt in differences(answer["different"])]
    return Rendered(answer["rendered"], harms[:1])


def _differences(different: list[list[str]]) -> Iterator[str]:
    for mode, error, old, failed, new in different:
        if error != failed:
            yield f"with {mode} values: {error or 'text'} became {failed or 'text'}"
        elif _said(old) != _said(new):
            yield f"with {mode} values: {difference(_said(old), _said(new), 60)}"


def _reworded(different: list[list[str]]) -> Iterator[str]:
    for mode, error, old, failed, new in different:
        if error != failed:
            yield f"with {mode} values: {error or 'text'} became {failed or 'text'}"
            continue
        for kind, excerpt in meaning.compare(plain(old), plain(new), shape=False):
            yield f"with {mode} values: {kind}: {excerpt}"


def _said(text: str) -> str:
    """A rendering without the layout of its JSON and tables, its white space run together.

    A value may have broken the JSON it stands in, so white space beside JSON's signs goes anyway.
    """
    said = " ".join(thaw(layout(plain(text)).text).split())
    return re.sub(r"-{2,}", "-", re.sub(r' *([{}\[\],:"|]) *', r"\1", said))
