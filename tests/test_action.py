"""The GitHub Action: it can be parsed, and its steps do what they say, in a real clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from promptc.cli import main
from tests.history.repositories import ALONE, commit, git, made
from tests.test_hooks import yaml_of

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
FILES = {"templates/ask.j2": "Answer {{ question }} in one word.\n"}
GROWN = FILES["templates/ask.j2"] + "Cite the source of every claim, and never guess. " * 20


class Runner:
    """A stand-in for the machine that runs an action: files and variables as GitHub gives them."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work
        (work / "bin").mkdir(parents=True)
        self.summary, self.output = work / "summary.md", work / "output"
        for path in (self.summary, self.output):
            path.touch()
        (work / "bin" / "promptc").write_text(
            f"#!/bin/sh\nexec '{sys.executable}' -m promptc \"$@\"\n"
        )
        (work / "bin" / "gh").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{work}/gh'\n")
        for tool in (work / "bin").iterdir():
            tool.chmod(0o755)

    def run(self, name: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the step *name*; *env* are the values that its expressions have."""
        step = next(each for each in STEPS if each.get("name") == name)
        assert set(env) == set(step.get("env", {})), "the step names its variables"
        script = self.work / "step.sh"
        script.write_text(step["run"])
        own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        given = {
            "PATH": f"{self.work / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(self.work),
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder, env=own | ALONE | given | env, capture_output=True, text=True,
        )  # fmt: skip

    def said(self, name: str) -> str:
        """An output that a step wrote."""
        lines = (line.partition("=") for line in self.output.read_text().splitlines())
        return {key: value for key, _, value in lines}[name]


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = made(tmp_path / "origin", FILES)
    commit(folder, "second", {"templates/ask.j2": GROWN})
    return folder


@pytest.fixture
def runner(tmp_path: Path, origin: Path) -> Runner:
    """What `actions/checkout` leaves: one commit."""
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin}", "clone")
    return Runner(tmp_path / "clone", tmp_path / "work")


def test_the_action_is_composite_and_every_step_can_run() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert ("uses" in step) != ("run" in step)
        assert "uses" in step or step["shell"] == "bash"
    assert all(given["description"] for given in ACTION["inputs"].values())


def test_nothing_that_others_write_gets_into_a_script() -> None:
    """A branch may be called ``$(rm -rf .)``: expressions stand in variables only."""
    for step in STEPS:
        assert "${{" not in step.get("run", "")


def test_every_option_that_a_step_gives_is_one() -> None:
    for step in STEPS:
        for command, rest in re.findall(r"^\s*promptc (\w+) (.*)$", step.get("run", ""), re.M):
            known = {name for option in main.commands[command].params for name in option.opts}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known


def test_the_base_of_a_shallow_clone_is_fetched(runner: Runner, origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD~1")
    done = runner.run("Fetch the base", BASE=base)
    assert done.returncode == 0, done.stderr
    assert runner.said("revision") == base
    assert git(runner.folder, "cat-file", "-t", base) == "commit"


@pytest.mark.parametrize("base", ["", "0" * 40])
def test_without_a_base_head_counts(runner: Runner, base: str) -> None:
    runner.run("Fetch the base", BASE=base)
    assert runner.said("revision") == "HEAD"


def test_a_base_that_is_no_revision_fails(runner: Runner) -> None:
    assert runner.run("Fetch the base", BASE="--upload-pack=touch /tmp/x").returncode != 0


def test_the_summary_shows_what_changed(runner: Runner, origin: Path) -> None:
    runner.run("Fetch the base", BASE=git(origin, "rev-parse", "HEAD~1"))
    done = runner.run("Show what changed", BASE=runner.said("revision"), PATHS="templates")
    assert done.returncode == 0, done.stderr
    assert "| `templates/ask.j2` |" in runner.summary.read_text()
    assert Path(runner.said("markdown")).read_text() == runner.summary.read_text()


def test_a_broken_template_is_annotated_all_the_same(runner: Runner) -> None:
    (runner.folder / "templates" / "ask.j2").write_text("Answer {% if x %}now\n")
    shown = runner.run("Show what changed", BASE="HEAD", PATHS="templates")
    assert shown.returncode == 0
    assert "::warning::promptc diff exited with 2" in shown.stdout
    done = runner.run("Check", BASE="HEAD", PATHS="templates", ARGS="")
    assert done.returncode == 1
    assert re.search(r"^::error .*file=templates/ask\.j2,line=1", done.stdout, re.M), done.stdout


def test_growth_is_annotated_and_fails(runner: Runner, origin: Path) -> None:
    runner.run("Fetch the base", BASE=git(origin, "rev-parse", "HEAD~1"))
    done = runner.run("Check", BASE=runner.said("revision"), PATHS="templates", ARGS="")
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::error .*file=templates/ask\.j2", done.stdout, re.M), done.stdout


def test_options_and_several_paths_are_handed_on(runner: Runner) -> None:
    (runner.folder / "more").mkdir()
    (runner.folder / "more" / "b.j2").write_text("{% if %}")
    given = {"BASE": "HEAD", "PATHS": "templates\nmore", "ARGS": "--select PC0  --no-cache"}
    done = runner.run("Check", **given)
    assert done.returncode == 1
    assert "file=more/b.j2" in done.stdout


def test_the_comment_is_edited_not_repeated(runner: Runner) -> None:
    table = runner.work / "table.md"
    table.write_text("| a |")
    given = {"GH_TOKEN": "t", "MARKDOWN": str(table), "NUMBER": "7"}
    assert runner.run("Comment on the pull request", **given).returncode == 0
    assert (runner.work / "gh").read_text().split() == [
        "pr", "comment", "7", "--body-file", str(table), "--edit-last", "--create-if-none",
    ]  # fmt: skip


def test_it_installs_this_checkout(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    target = runner.work / "installed"
    for name, value in {"TARGET": str(target), "NO_INDEX": "1", "NO_DEPS": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = runner.run("Install promptc")
    assert done.returncode == 0, done.stderr
    assert (target / "promptc" / "cli" / "check.py").exists()


@pytest.mark.parametrize("page", ["README.md", "docs/adopting.md"])
def test_the_workflows_that_the_pages_show_fit_the_action(page: str) -> None:
    workflows = [yaml.safe_load(text) for text in yaml_of(page) if "jobs:" in text]
    assert workflows
    for workflow in workflows:
        (job,) = workflow["jobs"].values()
        (step,) = [each for each in job["steps"] if "this repository" in each["uses"]]
        assert set(step["with"]) <= set(ACTION["inputs"])
        assert workflow["permissions"]["pull-requests"] == "write"
