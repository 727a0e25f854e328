"""The hooks, by the real `pre-commit run` in a real repository, and the GitHub Action."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.history.repositories import ALONE, commit, git, made, write

ROOT = Path(__file__).parents[1]
HOOKS = ".pre-commit-hooks.yaml"
#: What the hook's environment is installed from.
INSTALLED = (
    "promptc",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "NOTICE",
    ".pre-commit-hooks.yaml",
)
RULES = "Be brief. Cite the source of every claim that you make.\n"
PROMPTS = {
    "prompts/ask.j2": "{% include 'rules.j2' %}\nAnswer {{ question }}\n",
    "prompts/rules.j2": RULES,
    "prompts/alone.j2": "Sort these: {{ items }}\n",
    "notes.md": "No prompt.\n",
}
WIDE = " " * 60
TABLE = f"| name{WIDE} | unit |\n|{'-' * 66}|------|\n| rice{WIDE} | gram |\n"


class Run(tuple[int, str]):
    """The exit code and the output of a command."""

    __slots__ = ()

    @property
    def code(self) -> int:
        return self[0]

    @property
    def output(self) -> str:
        return self[1]


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds what a hook is installed from: this checkout, as it stands."""
    folder = made(tmp_path_factory.mktemp("hooks") / "promptc")
    for name in INSTALLED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    commit(folder, "all")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments of hooks: one for all tests."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def team(tmp_path: Path, hooks: Path) -> Path:
    """A team's repository: its prompts, and the configuration that the README shows."""
    shown = next(text for text in yaml_of("README.md") if text.startswith("repos:"))
    config = shown.replace("<url of this repository>", str(hooks))
    config = config.replace("<tag>", git(hooks, "rev-parse", "HEAD"))
    config += "      - id: promptc-fix\n        stages: [manual]\n"
    files = {**PROMPTS, ".pre-commit-config.yaml": config}
    return made(tmp_path / "team", files)


def yaml_of(page: str) -> list[str]:
    """The blocks of YAML that a page shows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def pre_commit(folder: Path, home: Path, *arguments: str) -> Run:
    """Run `pre-commit run` in *folder*, without any registry.

    The environment of the hook is its own, and promptc is installed into it from the repository.
    What promptc depends on is found in the environment of the tests instead of being downloaded.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= ALONE | {
        "PRE_COMMIT_HOME": str(home),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--verbose", *arguments],
        cwd=folder, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Run((done.returncode, done.stdout + done.stderr))


def test_a_clean_repository_passes(team: Path, home: Path) -> None:
    run = pre_commit(team, home, "--all-files")
    assert run.code == 0, run.output
    assert "promptc check" in run.output
    assert "Passed" in run.output


def test_growth_past_the_limit_stops_the_commit(team: Path, home: Path) -> None:
    write(team, {"prompts/alone.j2": PROMPTS["prompts/alone.j2"] + "Sort by name, then age. " * 30})
    git(team, "add", "-A")
    run = pre_commit(team, home)
    assert run.code == 1
    assert re.search(r"prompts/alone\.j2:1:1:? PC103", run.output), run.output


def test_a_changed_partial_checks_the_templates_that_include_it(team: Path, home: Path) -> None:
    write(team, {"prompts/rules.j2": RULES + "Never guess, and never round a number. " * 30})
    git(team, "add", "-A")
    run = pre_commit(team, home)
    assert run.code == 1
    assert re.search(r"prompts/ask\.j2:1:1:? PC103", run.output), run.output
    assert "alone.j2" not in run.output


def test_a_broken_template_stops_the_commit(team: Path, home: Path) -> None:
    write(team, {"prompts/alone.j2": "Sort {% if items %}these\n"})
    git(team, "add", "-A")
    run = pre_commit(team, home)
    assert run.code == 1
    assert "prompts/alone.j2:1:6" in run.output, run.output


def test_files_that_are_no_prompts_start_nothing(team: Path, home: Path) -> None:
    write(team, {"notes.md": "Still no prompt.\n"})
    git(team, "add", "-A")
    run = pre_commit(team, home)
    assert run.code == 0
    assert "no files to check" in run.output


def test_the_fix_rewrites_and_leaves_the_rest_alone(team: Path, home: Path) -> None:
    write(team, {"prompts/alone.j2": TABLE + "Sort these: {{ items }}\n"})
    git(team, "add", "-A")
    run = pre_commit(team, home, "promptc-fix", "--hook-stage", "manual")
    assert run.code == 1, run.output
    assert "files were modified by this hook" in run.output
    fixed = (team / "prompts/alone.j2").read_text()
    assert "|name|unit|" in fixed.replace(" ", "")
    assert len(fixed) < len(TABLE)
    assert (team / "prompts/rules.j2").read_text() == RULES
    git(team, "add", "-A")
    assert pre_commit(team, home, "promptc-fix", "--hook-stage", "manual").code == 0


def test_nothing_in_the_environment_of_the_hook_needs_torch(team: Path, home: Path) -> None:
    """All that `pip install` puts there without an offline test: by what each part asks for."""
    pre_commit(team, home, "--all-files")
    (own,) = home.glob("repo*/py_env-*/lib/python*/site-packages/promptc_compiler-*.dist-info")
    assert (own.parent / "promptc" / "cli" / "check.py").exists()
    assert not (own.parent / "torch").exists()
    needed: set[str] = set()
    waiting = required_by(importlib.metadata.Distribution.at(own))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += required_by(importlib.metadata.distribution(name))
    assert {"click", "jinja2", "tiktoken", "spacy", "thinc"} <= needed
    assert not needed & {"torch", "transformers", "sentence-transformers", "tensorflow", "jax"}


def required_by(installed: importlib.metadata.Distribution) -> list[str]:
    """What a distribution needs when no extra of it is asked for."""
    found = map(Requirement, installed.requires or [])
    wanted = [each for each in found if each.marker is None or each.marker.evaluate({"extra": ""})]
    return [re.sub(r"[-_.]+", "-", each.name).lower() for each in wanted]


def test_hooks_run_in_one_process_each_and_know_the_files_they_are_for() -> None:
    hooks = {
        each["id"]: each for each in yaml.safe_load((ROOT / "pre-commit-hooks.yaml").read_text())
    }
    assert set(hooks) == {"promptc-check", "promptc-fix", "promptc-build"}
    for name in ("promptc-check", "promptc-fix"):
        assert hooks[name]["require_serial"] is True
        files = hooks[name]["files"]
        wanted = ["a/ask.j2", "ask.prompty.toml", "ask.jinja2", "promptc.toml", "pyproject.toml"]
        assert all(re.search(files, each) for each in wanted)
        assert not any(
            re.search(files, each) for each in ("a.py", "notes.md", "build/promptc.lock")
        )
