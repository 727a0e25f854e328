"""Every line of the page "What promptc never changes", held by a case."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from promptc.checks import CHECKS
from promptc.compiling import Plan, compile
from promptc.parse import parse
from promptc.passes import LEVELS, PASSES
from promptc.protocols import Guarantee
from promptc.results import Compiled
from promptc.source import Source
from promptc.syntax import Syntax
from tests.test_passes import Bytes
from tests.test_pipeline import Swap

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "what-promptc-never-changes.md"
FIXTURE = HERE / "fixtures" / "never.toml"
LINE = re.compile(r"^- \*\*(.+?)\*\*:", re.MULTILINE)
#: Something for every pass to take, so that a run that does nothing is noticed.
TEMPTING = "\n\nPlease note that you should be  brief in order to save time.   \n\n\n\nThank you."


class Case(NamedTuple):
    """What must be kept of a text, and what a lying pass removes; empty: see the file."""

    text: str
    keep: str
    taken: str = ""


CASES = {
    name: Case(**fields)
    for name, fields in tomllib.loads(FIXTURE.read_text(encoding="utf-8")).items()
}


def _compiled(text: str, passes: tuple[Any, ...]) -> Compiled:
    syntax = Syntax(front_matter=True) if text.startswith("---") else Syntax()
    return compile(parse(Source(text, "t.j2"), syntax), Plan(passes, Bytes()))


def test_every_line_of_the_page_has_a_case() -> None:
    assert LINE.findall(PAGE.read_text(encoding="utf-8")) == list(CASES)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_pass_changes_it(case: Case) -> None:
    passes = tuple(each() for each in PASSES if LEVELS.get(each.name, 9) <= 2)
    compiled = _compiled(case.text + TEMPTING, passes)
    assert case.keep in compiled.data.decode()
    assert TEMPTING not in compiled.text
    assert not [note for note in compiled.notes if "bug" in note]


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.taken], ids=lambda c: c.taken)
@pytest.mark.parametrize("promise", [Guarantee.MEANING, Guarantee.SPACING])
def test_a_pass_that_takes_it_away_is_stopped(case: Case, promise: Guarantee) -> None:
    assert case.taken in case.text
    lie: Any = Swap(case.taken, "", promise)
    compiled = _compiled(case.text, (lie,))
    assert compiled.text == case.text
    assert any(step.undone for step in compiled.steps) or compiled.notes


def test_the_check_that_holds_facts_runs_by_default() -> None:
    assert [check.name for check in CHECKS] == ["facts", "similarity"]
    assert Plan((), Bytes()).checks == CHECKS
