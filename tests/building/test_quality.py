"""``--quality``: what a build does about an edit that a check objects to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from promptc.building.flow import Request as Wanted
from promptc.building.flow import build
from promptc.compiling import Plan, compile
from promptc.config.sidecar import Question
from promptc.options import Quality
from promptc.parse import parse
from promptc.passes.prune_context import PruneContext
from promptc.passes.shorten_phrases import ShortenPhrases
from promptc.protocols import Guarantee, Request
from promptc.results import CheckResult, Compiled
from promptc.source import Source, Span
from tests.test_passes import Bytes
from tests.test_pipeline import Swap

TEXT = "Never bill {{ x }}. Cite sources. In order to help, be kind."
DROP = Swap("Cite sources. ", "", Guarantee.MEANING)


def compiled(**plan: object) -> Compiled:
    return compile(parse(Source(TEXT, "t.j2")), Plan((DROP,), Bytes(), **plan))  # type: ignore[arg-type]


def test_an_edit_that_fails_a_check_is_undone_and_says_which_and_why() -> None:
    done = compiled()
    (undone,) = done.steps[0].undone
    assert done.text == TEXT
    assert undone.reason == "similarity: would lose 'Cite sources.'"
    assert done.notes == ()


def test_warn_keeps_the_edit_and_says_what_the_check_says() -> None:
    done = compiled(gate=False)
    assert done.text == TEXT.replace("Cite sources. ", "")
    assert done.steps[0].checks == ()
    assert done.notes == ("1:21: swap kept, though similarity: would lose 'Cite sources.'",)


class Refuses:
    """A check that can't tell which edit it objects to."""

    name = "refuses"

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        return CheckResult(self.name, 0.0, 1.0, False, ("no",))


def test_warn_tells_of_a_check_that_names_no_edit() -> None:
    done = compiled(gate=False, checks=(Refuses(),))
    assert done.notes == ("1:21: swap kept, though refuses: no",)


@pytest.mark.parametrize("quality", ["off", "warn", "gate"])
def test_a_harmless_edit_is_kept_whatever_is_checked(tmp_path: Path, quality: Quality) -> None:
    (tmp_path / "t.j2").write_text(TEXT)
    request = Wanted([tmp_path], out=tmp_path / "build", quality=quality, cached=False, jobs=1)
    done, _ = build(request)
    assert done.files[0].text == TEXT.replace("In order to help", "To help")
    (step,) = done.files[0].steps
    assert step.name == ShortenPhrases.name
    assert step.checks == (("facts", "similarity") if quality == "gate" else ())


def test_the_configuration_may_say_it_and_the_cache_tells_them_apart(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text(TEXT)
    (tmp_path / "promptc.toml").write_text('quality = "off"')
    cached = [
        build(Wanted([tmp_path], out=tmp_path / "build", quality=quality, jobs=1))[0].cached
        for quality in (None, "off", "gate", "gate")
    ]
    assert cached == [0, 1, 0, 1]


class Last:
    """A compressor that keeps the last eight characters."""

    def keep(self, texts: Sequence[str], request: Request) -> list[tuple[Span, ...]]:
        return [(Span(len(text) - 8, len(text)),) for text in texts]


@pytest.mark.parametrize("gate", [True, False])
def test_a_selection_that_loses_an_answer_is_left_out(gate: bool) -> None:
    text = "{# promptc: context rate=0.5 #}Ada Kern owned it. It rained.{# promptc: end #} Go."
    plan = Plan(
        (PruneContext(),),
        Bytes(),
        compressor=Last(),
        questions=(Question("Who?", ("Ada Kern",)), Question("Where?", ("Rome",))),
        gate=gate,
    )
    done = compile(parse(Source(text)), plan)
    assert ("Ada Kern" in done.text) == gate
    why = "answers: would lose the answer to 'Who?'"
    assert done.notes[-1 if not gate else 0] == (
        f"{why}: prune-context was left out" if gate else why
    )
