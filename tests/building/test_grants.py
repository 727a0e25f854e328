"""Passes that need leave: what a template's sidecar grants it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import promptc
from promptc.building.flow import Request, build
from promptc.errors import ConfigError
from promptc.passes import GRANTS, LEVELS, PASSES, granted
from promptc.results import Compiled

TEXT = "You read the letter of a customer and write a summary for the manager. {{ letter }}"
TERSE = "You read letter of customer and write summary for manager. {{ letter }}"


def built(folder: Path, sidecar: str | None, level: int = 3) -> Compiled:
    (folder / "ask.j2").write_text(TEXT)
    if sidecar is not None:
        (folder / "ask.j2.toml").write_text(sidecar)
    request = Request([folder], out=folder / "build", level=level, cached=False, jobs=1)
    done, _ = build(request)
    assert not done.failures, done.failures
    return done.files[0]


def test_level_3_without_a_grant_is_level_2(tmp_path: Path) -> None:
    assert built(tmp_path, None).text == TEXT == built(tmp_path, None, level=2).text


def test_a_grant_lets_a_pass_run_and_the_notes_say_so(tmp_path: Path) -> None:
    done = built(tmp_path, 'grant = ["drop-articles"]')
    assert done.text == TERSE
    assert "granted: drop-articles" in done.notes


def test_a_grant_is_for_one_pass(tmp_path: Path) -> None:
    done = built(tmp_path, 'grant = ["prune-examples"]')
    assert (done.text, done.notes) == (TEXT, ("granted: prune-examples",))


def test_a_grant_does_nothing_below_level_3_and_the_notes_say_so(tmp_path: Path) -> None:
    done = built(tmp_path, 'grant = ["drop-articles"]', level=2)
    (note,) = done.notes
    assert (done.text, note) == (
        TEXT,
        "granted and not asked for: drop-articles; -O3 runs what is granted",
    )


def test_a_call_can_grant_too() -> None:
    assert promptc.compile(TEXT, level=3, grant=["drop-articles"]).text == TERSE
    with pytest.raises(ConfigError, match="did you mean 'drop-articles'"):
        promptc.compile(TEXT, grant=["drop-article"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("drop-article", "unknown grant 'drop-article'; did you mean 'drop-articles'?"),
        ("collapse-spaces", "'collapse-spaces' needs no grant; remove it"),
    ],
)
def test_a_wrong_grant_names_the_file_and_the_nearest(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "ask.j2").write_text(TEXT)
    (tmp_path / "ask.j2.toml").write_text(f'grant = ["{name}"]')
    done, _ = build(Request([tmp_path], out=tmp_path / "build", cached=False, jobs=1))
    (failure,) = done.failures
    assert failure.name == "ask.j2"
    assert failure.message.endswith(f"ask.j2.toml: {why}")
    with pytest.raises(ConfigError, match="grant"):
        granted([name])


def test_every_pass_of_level_3_needs_a_grant() -> None:
    assert {each.name for each in PASSES if LEVELS.get(each.name) == 3} == GRANTS
