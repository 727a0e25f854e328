"""`promptc diff` in real repositories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from promptc.changes import Change, Limit, limit
from promptc.cli import main
from promptc.errors import ConfigError
from promptc.history import git as history
from tests.history.repositories import commit, git, made, write
from tests.report.samples import HOSTILE

SCHEMA = Path(__file__).parents[1] / "promptc" / "schemas" / "diff.schema.json"
RULES = "Be brief. Cite the source of every claim that you make.\n"
FILES = {
    "templates/ask.j2": "{% include 'parts/rules.j2' %}\nAnswer {{ question }} in one word.\n",
    "templates/ask.j2.toml": (
        "calls_per_month = 1_000_000\n[[samples]]\nvars = {question = 'Why is it so?'}\n"
    ),
    "templates/parts/rules.j2": RULES,
    "templates/deep.j2": "{% extends 'parts/frame.j2' %}{% block a %}Deep.{% endblock %}\n",
    "templates/parts/frame.j2": "{% include 'parts/rules.j2' %}{% block a %}{% endblock %}\n",
    "templates/alone.j2": "Sort these: {{ items }}\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = made(tmp_path / "repo", FILES)
    monkeypatch.chdir(folder)
    return folder


def test_nothing_changed_says_so(folder: Path) -> None:
    assert run("diff").stdout == "no template changed since HEAD (5 templates)\n"


def test_a_partial_reports_every_template_that_depends_on_it(folder: Path) -> None:
    write(folder, {"templates/parts/rules.j2": RULES + "Never guess a number.\n"})
    found = changes()
    assert set(found) == {
        "templates/ask.j2", "templates/deep.j2", "templates/parts/frame.j2",
        "templates/parts/rules.j2",
    }  # fmt: skip
    ask = found["templates/ask.j2"]
    assert (ask["own"], ask["through"]) == (False, ["templates/parts/rules.j2"])
    assert ask["grown"] > 0
    assert ask["per_month"] == pytest.approx(ask["grown"] * 2.5)
    assert found["templates/parts/rules.j2"]["included"]


def test_partials_do_not_count_twice(folder: Path) -> None:
    write(folder, {"templates/parts/rules.j2": RULES + "Never guess a number.\n"})
    report = json.loads(run("diff", "--json").stdout)
    prompts = [each for each in report["changes"] if not each["included"]]
    assert report["tokens"] == sum(each["grown"] for each in prompts)
    assert len(prompts) == 2


def test_samples_of_today_count_on_both_sides(folder: Path) -> None:
    side = FILES["templates/ask.j2.toml"].replace("Why is it so?", "Why " * 200)
    write(folder, {"templates/ask.j2.toml": side})
    assert changes() == {}
    write(folder, {"templates/ask.j2": FILES["templates/ask.j2"].replace("one word", "two words")})
    assert changes()["templates/ask.j2"]["grown"] == 0


def test_new_deleted_and_renamed_files(folder: Path) -> None:
    write(folder, {"templates/new.j2": "New: {{ x }}\n"})
    (folder / "templates/deep.j2").unlink()
    git(folder, "mv", "templates/alone.j2", "templates/sorted.j2")
    found = changes()
    assert set(found) == {"templates/new.j2", "templates/deep.j2", "templates/sorted.j2"}
    assert (found["templates/new.j2"]["before"], found["templates/deep.j2"]["after"]) == (
        None,
        None,
    )
    assert found["templates/deep.j2"]["before"] > 0
    assert found["templates/sorted.j2"]["was"] == "templates/alone.j2"
    assert found["templates/sorted.j2"]["grown"] == 0


def test_a_file_that_git_does_not_know_yet_may_be_a_renamed_one(folder: Path) -> None:
    (folder / "templates/alone.j2").rename(folder / "templates/sorted.j2")
    (found,) = changes().values()
    assert (found["path"], found["was"]) == ("templates/sorted.j2", "templates/alone.j2")


def test_a_deleted_partial_is_told_by_who_included_it(folder: Path) -> None:
    (folder / "templates/parts/rules.j2").unlink()
    found = changes()
    assert found["templates/parts/rules.j2"]["after"] is None
    assert found["templates/ask.j2"]["through"] == ["templates/parts/rules.j2"]


def test_committed_staged_and_unstaged_changes_count(folder: Path) -> None:
    first = git(folder, "rev-parse", "HEAD")
    commit(folder, "second", {"templates/alone.j2": "Sort all of these: {{ items }}\n"})
    write(folder, {"templates/deep.j2": FILES["templates/deep.j2"].replace("Deep", "Deeper")})
    git(folder, "add", "templates/deep.j2")
    write(folder, {"templates/ask.j2": "Ask.\n"})
    assert set(changes()) == {"templates/deep.j2", "templates/ask.j2"}
    assert set(changes(first)) == {"templates/deep.j2", "templates/ask.j2", "templates/alone.j2"}


def test_line_ends_are_no_change(folder: Path) -> None:
    text = FILES["templates/alone.j2"].replace("\n", "\r\n")
    write(folder, {"templates/alone.j2": text})
    assert all(each["grown"] == 0 for each in changes().values())


def test_many_deleted_files_are_read_by_one_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"templates/{number}.j2": f"Text {number}: {{{{ x }}}}\n" for number in range(30)}
    commit(folder, "many", many)
    for name in many:
        (folder / name).unlink()
    asked: list[str] = []
    real = history._git

    def counted(folder: Path, arguments: Sequence[str], sent: bytes = b"") -> Any:
        asked.append(arguments[0])
        return real(folder, arguments, sent)

    monkeypatch.setattr(history, "_git", counted)
    assert len(changes()) == 30
    assert asked.count("cat-file") == 1


def test_a_template_that_is_a_link_is_compared_with_what_it_showed(folder: Path) -> None:
    (folder / "templates/linked.j2").symlink_to("alone.j2")
    commit(folder, "link")
    assert changes() == {}
    write(folder, {"templates/alone.j2": FILES["templates/alone.j2"] + "By name.\n"})
    found = changes()
    assert found["templates/linked.j2"]["grown"] == found["templates/alone.j2"]["grown"] > 0


def test_only_the_paths_that_are_named_count(folder: Path) -> None:
    write(folder, {"templates/alone.j2": "Sort.\n", "other/two.j2": "Two.\n"})
    assert set(changes("HEAD", "other")) == {"other/two.j2"}
    assert set(changes("templates/alone.j2")) == {"templates/alone.j2"}


def test_a_path_that_is_also_a_branch_is_the_branch(folder: Path) -> None:
    git(folder, "branch", "templates")
    commit(folder, "second", {"templates/alone.j2": "Sort.\n"})
    assert set(changes("templates")) == {"templates/alone.j2"}


def test_a_template_that_was_broken_has_no_figure(folder: Path) -> None:
    commit(folder, "broken", {"templates/alone.j2": "{% if %}"})
    write(folder, {"templates/alone.j2": "Sort.\n"})
    (found,) = changes().values()
    assert (found["before"], found["after"] > 0) == (None, True)
    assert "unknown" in run("diff").stdout


def test_a_template_that_is_broken_now_is_an_error(folder: Path) -> None:
    write(folder, {"templates/alone.j2": "{{ x"})
    result = run("diff", fails=2)
    assert "templates/alone.j2:1:1" in result.stderr


@pytest.mark.parametrize(
    ("stated", "code"), [("10%", 1), ("5", 1), ("10%,5", 1), ("1000%", 0), ("10%,500", 0)]
)
def test_growth_past_the_limit_fails(folder: Path, stated: str, code: int) -> None:
    text = FILES["templates/alone.j2"] + "Sort them by name, then by age.\n"
    write(folder, {"templates/alone.j2": text, "templates/new.j2": "New " * 500})
    result = run("diff", "--max-growth", stated, fails=code)
    assert ("templates/alone.j2: grown by" in result.stderr) == bool(code)
    assert "new.j2" not in result.stderr


@pytest.mark.parametrize("text", ["", "x", "10%%", "-5", "1e3", "10%,"])
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write a share as 10%"):
        limit(text)


def test_shrinking_is_never_too_much() -> None:
    assert not Limit(0, 0).exceeded(Change("a", 10, 9))
    assert not Limit(0, 0).exceeded(Change("a", 10, 10))
    assert Limit(0, 0).exceeded(Change("a", 0, 1))


def test_a_shallow_clone_says_what_to_do(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    commit(folder, "second", {"templates/alone.j2": "Sort.\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{folder}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert run("diff").stdout.startswith("no template changed")
    assert "git fetch --unshallow" in run("diff", "HEAD~1", fails=2).stderr


def test_outside_of_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    assert "no git repository" in run("diff", fails=2).stderr


def test_before_the_first_commit_everything_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(made(tmp_path / "repo"), FILES)
    monkeypatch.chdir(tmp_path / "repo")
    assert len(changes()) == 5
    assert "5 templates changed since the first commit" in run("diff").stdout


def test_an_unknown_revision_is_an_error(folder: Path) -> None:
    assert "did you mean 'main'?" in run("diff", "mian", fails=2).stderr


def test_markdown_and_text_escape_names(folder: Path) -> None:
    name = HOSTILE.replace("/", "-").replace("\n", " ").replace("\x1b", "").replace("\x9b", "")
    name = name.replace("\u202e", "")[:60]
    write(folder, {f"templates/{name}.j2": "New.\n"})
    for form in ("--markdown", "--json"):
        shown = run("diff", form).stdout
        assert "::error::" not in shown
    assert "<img" not in run("diff", "--markdown").stdout.replace("&#60;", "")


def test_two_forms_are_refused(folder: Path) -> None:
    assert "can't be mixed" in run("diff", "--json", "--markdown", fails=2).stderr


def test_no_line_is_wider_than_the_terminal(folder: Path) -> None:
    write(folder, {f"templates/{'long/' * 20}name.j2": "New.\n"})
    assert all(len(line) <= 80 for line in run("diff").stdout.splitlines())


def changes(*arguments: str) -> dict[str, Any]:
    report = json.loads(run("diff", *arguments, "--json").stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    return {each["path"]: each for each in report["changes"]}


def run(*arguments: str, fails: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == fails, (result.output, result.exception)
    return result
