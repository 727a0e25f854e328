from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promptc.building.flow import Request, build
from promptc.checking.flow import Request as Checking
from promptc.checking.flow import check
from promptc.results import Built

ROWS = [{"id": number, "name": f"item {number}"} for number in range(60)]
TABLE = f"```json\n{json.dumps(ROWS, indent=2)}\n```\n"
"""1,206 tokens of gpt-5.4, or 606 without the layout: above the 1,024 of its cache, or below."""

AS_BUILT: dict[str, Any] = {"model": "gpt-5.4", "level": 1}

ANSWER = "\n\n\n\n\nAnswer:   {{ question }}\n\n\n\n\n\n\nBe brief, and   cite the   table.\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_prefix_that_would_fall_under_the_minimum_is_left_as_it_is() -> None:
    (file,) = _built({"stock.j2": TABLE + ANSWER}).files
    assert file.text.startswith(TABLE)
    assert file.prefix.before == file.prefix.after
    assert file.cost.caching is not None
    assert file.cost.caching.before.cached == file.cost.caching.after.cached >= 1024


def test_what_stands_behind_the_prefix_is_shortened_all_the_same() -> None:
    (file,) = _built({"stock.j2": TABLE + ANSWER}).files
    assert file.text.endswith("Be brief, and cite the table.\n")
    assert file.cost.saved > 0


def test_the_report_says_so_and_what_would_change_it() -> None:
    (file,) = _built({"stock.j2": TABLE + ANSWER}).files
    (note,) = file.notes
    assert "tokens that every call starts with are left as they are" in note
    assert "OpenAI's cache would keep none" in note
    assert "cache_hits" in note
    (undone,) = [each for step in file.steps for each in step.undone if step.name == "minify-json"]
    assert "the provider's cache keeps this text" in undone.reason


@pytest.mark.parametrize(
    ("stated", "held"),
    [
        ("", True),
        ("cache_hits = 0.0", False),
        ("cache_hits = 1.0", True),
        ("calls_per_month = 50", False),
        ("calls_per_month = 5_000_000", True),
        ("cache_hits = 1.0\ncalls_per_month = 50", True),
    ],
)
def test_a_team_says_how_often_the_cache_is_hit(stated: str, held: bool) -> None:
    (file,) = _built({"stock.j2": TABLE + ANSWER, "stock.j2.toml": stated}).files
    assert file.text.startswith(TABLE) == held


def test_the_configuration_says_it_for_all() -> None:
    (file,) = _built({"stock.j2": TABLE + ANSWER}, config="cache_hits = 0").files
    assert not file.text.startswith(TABLE)


def test_a_model_whose_cache_keeps_nothing_is_shortened() -> None:
    built = _built({"stock.j2": TABLE + ANSWER}, model="gpt-4")
    assert built.cache_rule is None
    assert not built.files[0].text.startswith(TABLE)
    assert built.files[0].cost.caching is None


def test_a_prefix_that_stays_above_the_minimum_is_shortened() -> None:
    (file,) = _built({"stock.j2": TABLE * 6 + ANSWER}).files
    assert not file.text.startswith(TABLE)
    assert not [note for note in file.notes if "cache" in note]


def test_a_prefix_that_was_never_kept_is_shortened() -> None:
    text = "```json\n" + json.dumps(ROWS[:20], indent=2) + "\n```\n" + ANSWER
    (file,) = _built({"stock.j2": text}).files
    assert file.prefix.after < file.prefix.before < 1024
    assert file.notes == ()


def test_a_partial_is_held_for_the_template_that_starts_with_it() -> None:
    files = {"ask.j2": "{% include 'table.j2' %}" + ANSWER, "table.j2": TABLE}
    built = {file.name: file for file in _built(files).files}
    assert built["table.j2"].text == TABLE
    assert "{% include 'table.j2' %}" in built["ask.j2"].text
    assert built["ask.j2"].cost.caching is not None
    assert built["ask.j2"].cost.caching.after.cached >= 1024


def test_a_prefix_that_several_files_make_up_is_judged_as_one() -> None:
    head = "You know the stock of a shop, and nothing else.\n"
    files = {"ask.j2": head + "{% include 'table.j2' %}" + ANSWER, "table.j2": TABLE}
    built = {file.name: file for file in _built(files, level=0).files}
    whole = built["ask.j2"].prefix
    assert whole.files == ("table.j2",)
    assert whole.before == pytest.approx(built["table.j2"].prefix.before + 16, abs=2)


def test_a_second_build_takes_everything_from_the_cache_and_says_the_same() -> None:
    files = {"stock.j2": TABLE + ANSWER, "small.j2": "Be   kind."}
    first, again = _built(files), _built(files)
    assert again.cached == 2
    assert again.files == first.files


def test_building_a_build_changes_nothing() -> None:
    first = _built({"stock.j2": TABLE + ANSWER})
    built, _ = build(Request([Path("build")], out=Path("again"), **AS_BUILT))
    assert [file.text for file in built.files] == [file.text for file in first.files]


def test_locked_holds_to_what_was_held() -> None:
    _built({"stock.j2": TABLE + ANSWER})
    _, findings = build(Request([Path("templates")], **AS_BUILT, locked=True, cached=False))
    assert findings == ()


def test_samples_tell_what_the_renderings_share() -> None:
    sample = '[[samples]]\nvars = {{question = "Are {} there?"}}\n'
    side = sample.format("pears") + sample.format("plums")
    files = {"ask.j2": "Answer {{ question }} in one word.\n", "ask.j2.toml": side}
    (file,) = _built(files).files
    assert file.prefix.shared is not None
    assert file.prefix.shared[0] > file.prefix.before
    assert file.prefix.end is not None
    assert (file.prefix.end.text, file.prefix.end.line) == ("{{ question }}", 1)


def _built(
    files: dict[str, str], config: str = "", model: str = "gpt-5.4", level: int = 1
) -> Built:
    folder = Path("templates")
    folder.mkdir(exist_ok=True)
    Path("promptc.toml").write_text(config)
    for name, text in files.items():
        (folder / name).write_text(text)
    built, _ = build(Request([folder], model=model, level=level))
    assert not built.failures
    return built


@pytest.mark.parametrize(("stated", "advised"), [("", False), ("cache_hits = 0", True)])
def test_a_check_advises_nothing_that_a_build_would_leave_out(stated: str, advised: bool) -> None:
    folder = Path("templates")
    folder.mkdir()
    (folder / "stock.j2").write_text(TABLE + ANSWER)
    Path("promptc.toml").write_text(stated)
    checked = check(Checking(Request([folder], model="gpt-5.4")))
    assert ("PC205" in {each.code for each in checked.findings}) == advised
