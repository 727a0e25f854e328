"""Which templates a check is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptc.checking.inputs import inputs
from promptc.config import Config, load_config
from tests.checking.samples import write

FILES: dict[str, str | bytes] = {
    "promptc.toml": "",
    "prompts/ask.j2": "{% extends 'base.j2' %}",
    "prompts/base.j2": "{% include 'parts/rules.j2' %}",
    "prompts/chat.j2": "{% include ['parts/rules.j2', 'x.j2'] ignore missing %}",
    "prompts/alone.j2": "Hi.",
    "prompts/parts/rules.j2": "{% from 'parts/macros.j2' import m %}",
    "prompts/parts/macros.j2": "{% macro m() %}{% endmacro %}",
    "other/rules.j2": "{# of another folder #}",
    "prompts/ask.j2.toml": "budget = 9",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    config = load_config(Path(paths[0]))
    found = inputs([Path(path) for path in paths], config, config.output).found
    return [each.path.relative_to(Path.cwd()).as_posix() for each in found]


def test_a_folder_stands_for_its_templates(project: Path) -> None:
    assert names("other") == ["other/rules.j2"]
    assert len(names("prompts")) == 6


def test_a_file_is_widened_to_all_that_bring_it_in(project: Path) -> None:
    assert names("prompts/parts/rules.j2") == [
        "prompts/ask.j2", "prompts/base.j2", "prompts/chat.j2", "prompts/parts/rules.j2",
    ]  # fmt: skip
    assert "prompts/ask.j2" in names("prompts/parts/macros.j2")


def test_files_of_the_same_name_in_other_folders_are_not_meant(project: Path) -> None:
    assert names("other/rules.j2") == ["other/rules.j2"]


def test_a_template_that_nothing_includes_is_alone(project: Path) -> None:
    assert names("prompts/alone.j2", "prompts/ask.j2") == ["prompts/alone.j2", "prompts/ask.j2"]


def test_a_sidecar_stands_for_its_template(project: Path) -> None:
    assert names("prompts/ask.j2.toml") == ["prompts/ask.j2"]


def test_a_configuration_file_stands_for_the_project(project: Path) -> None:
    assert len(names("promptc.toml")) == 7


def test_templates_are_named_below_the_folder_that_their_includes_mean(project: Path) -> None:
    found = inputs([Path("prompts/base.j2")], Config(), Path("build")).found
    assert {each.name: each.root.name for each in found} == {
        "ask.j2": "prompts", "base.j2": "prompts",
    }  # fmt: skip


def test_includes_that_go_round_in_circles_end(project: Path) -> None:
    write(project, {"prompts/a.j2": "{% include 'b.j2' %}", "prompts/b.j2": "{% include 'a.j2' %}"})
    assert names("prompts/a.j2") == ["prompts/a.j2", "prompts/b.j2"]
