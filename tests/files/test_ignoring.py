"""What is left out of a walk, held against git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptc.config import Config
from promptc.files import discover
from promptc.files.ignoring import Ignoring
from promptc.globs import Globs

FILES = [
    "a.j2", "b.j2", "a b.j2", "#x.j2", "sub/a.j2", "sub/b.j2", "sub/deep/a.j2", "sub/deep/c.j2",
    "other/a.j2", "other/sub/b.j2", "other/[x]/a.j2", "other/[x]/b.j2",
]  # fmt: skip
FOLDERS = ["", "sub", "sub/deep", "other", "other/[x]"]

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def _git(folder: Path, *arguments: str) -> str:
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "core.excludesFile=", "-C", str(folder), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def _repository(folder: Path) -> Path:
    _git(folder, "init", "-q")
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Hi", encoding="utf-8")
    return folder


def _ignore(top: Path, lines: dict[str, str]) -> None:
    for name in FOLDERS:
        path = top / name / ".gitignore"
        path.unlink(missing_ok=True)
        if name in lines:
            path.write_text(lines[name], encoding="utf-8", newline="")


def _left_by_git(folder: Path) -> list[str]:
    listed = _git(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return sorted(name for name in listed if name.endswith(".j2"))


def _left(folder: Path) -> list[str]:
    result = discover([folder], Config(root=folder), out=None)
    assert not result.failures
    return [found.name for found in result.found]


CASES = [
    {"": "a.j2"},
    {"": "/a.j2"},
    {"": "sub/"},
    {"": "sub/a.j2"},
    {"": "*.j2\n!b.j2"},
    {"": "*\n!*/\n!a.j2"},
    {"": "sub/\n!sub/a.j2"},
    {"": "sub/*\n!sub/deep/"},
    {"": "**/deep\n"},
    {"": "other/**\n!other/sub/"},
    {"": "a.j2", "sub": "!a.j2"},
    {"": "!a.j2", "sub": "a.j2"},
    {"sub": "/a.j2"},
    {"sub": "deep/a.j2"},
    {"sub": "a.j2\n", "other": "*"},
    {"": "*.j2", "sub": "!deep/"},
    {"other/[x]": "/a.j2\n"},
    {"other/[x]": "a.j2"},
    {"": "# a.j2\n\\#x.j2\n"},
    {"": "a\\ b.j2  \r\nb.j2\r\n"},
    {"": "\ufeffa.j2"},
    {"": "!\n/\n\\\na.j2"},
]


@needs_git
@pytest.mark.parametrize("lines", CASES, ids=str)
def test_a_walk_leaves_out_what_git_ignores(tmp_path: Path, lines: dict[str, str]) -> None:
    top = _repository(tmp_path)
    _ignore(top, lines)
    assert _left(top) == _left_by_git(top)


@needs_git
@pytest.mark.parametrize("lines", CASES, ids=str)
def test_files_above_the_walked_folder_count(tmp_path: Path, lines: dict[str, str]) -> None:
    top = _repository(tmp_path)
    _ignore(top, lines)
    within = [n.removeprefix("other/") for n in _left_by_git(top) if n.startswith("other/")]
    if within:
        assert _left(top / "other") == within


PARTS = ["a.j2", "*.j2", "*", "**", "sub", "deep", "other", "?.j2", "[ab].j2", "[x]", r"\[x\]"]
LINE = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=2).map("/".join),
    st.sampled_from(["", "", "/"]),
)
IGNORED = st.dictionaries(
    st.sampled_from(FOLDERS), st.lists(LINE, max_size=4).map("\n".join), max_size=3
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _repository(tmp_path_factory.mktemp("repository"))


@needs_git
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=IGNORED)
def test_any_patterns_read_as_in_git(repository: Path, lines: dict[str, str]) -> None:
    _ignore(repository, lines)
    assert _left(repository) == _left_by_git(repository)


def test_a_folder_that_is_named_is_walked_though_it_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("drafts/\nold.j2\n", encoding="utf-8")
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    for name in ("new.j2", "old.j2"):
        (drafts / name).write_text("Hi", encoding="utf-8")
    assert _left(drafts) == ["new.j2"]
    assert _left(tmp_path) == []


def test_without_a_repository_files_above_do_not_count(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.j2").write_text("Hi", encoding="utf-8")
    assert _left(inner) == ["a.j2"]


def test_a_folder_without_patterns_ignores_nothing(tmp_path: Path) -> None:
    assert not Ignoring.above(tmp_path).ignores(tmp_path / "a.j2", folder=False)


@pytest.mark.parametrize(
    "lines, name, folder, matched",
    [
        (("*.md",), "deep/a.md", False, True),
        (("/*.md",), "deep/a.md", False, False),
        (("prompts/",), "prompts", True, True),
        (("prompts/",), "prompts", False, False),
        (("*.md", "!README.md"), "README.md", False, False),
        ((), "a.md", False, False),
    ],
)
def test_globs_are_relative_to_their_root(
    tmp_path: Path, lines: tuple[str, ...], name: str, folder: bool, matched: bool
) -> None:
    assert Globs(tmp_path, lines).match(tmp_path / name, folder=folder) is matched


def test_a_file_outside_of_the_root_is_matched_by_its_name(tmp_path: Path) -> None:
    assert Globs(tmp_path / "inner", ("*.md",)).match(tmp_path / "a.md")
