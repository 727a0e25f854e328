"""The last result is taken again only where nothing that was read has changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptc.checking import recent
from promptc.checking.traces import same, stamps
from promptc.cli import main
from tests.checking.samples import write
from tests.history.repositories import git

OLD = time.time() - 3600


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        {
            "promptc.toml": "budget = 1",
            "p/.gitignore": "x.j2",
            "p/a.j2": "Be kind, always. {% include 'parts/b.j2' %}",
            "p/a.j2.toml": "calls_per_month = 5",
            "p/parts/b.j2": "Be brief, too.",
        },
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / ".promptc_cache").mkdir()
    age(tmp_path)
    return tmp_path


def age(folder: Path) -> None:
    """Let everything be written an hour ago."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (OLD, OLD))


def check(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> bool:
    """Check, and say whether the last result was taken."""
    taken = []
    recall = recent.recall

    def spy(name: str, start: Path) -> object:
        taken.append(recall(name, start))
        return taken[-1]

    with monkeypatch.context() as patch:
        patch.setattr(recent, "recall", spy)
        result = CliRunner().invoke(main, ["check", "p", *arguments])
    assert result.exit_code == 1, result.output
    assert "PC101" in result.output
    return bool(taken) and taken[-1] is not None


def test_the_same_check_again_takes_the_last_result(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [check(monkeypatch) for _ in range(3)] == [False, True, True]
    assert not check(monkeypatch, "--select", "PC1")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p/a.j2", "Be kind, always. Never be rude. {% include 'parts/b.j2' %}"),
        ("p/parts/b.j2", "Be very brief, too."),
        ("p/a.j2.toml", "calls_per_month = 6"),
        ("p/parts/b.j2.toml", "calls_per_month = 6"),
        ("promptc.toml", "budget = 2"),
        ("p/promptc.toml", "budget = 2"),
        ("p/new.j2", "Be kind, always."),
        ("p/parts/new.j2", "Be kind, always."),
        ("p/.gitignore", "y.j2"),
        (".gitignore", "y.j2"),
    ],
)
def test_any_change_asks_again(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    check(monkeypatch)
    assert check(monkeypatch)
    write(project, {name: text})
    assert not check(monkeypatch)


def test_a_commit_asks_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(monkeypatch)
    assert check(monkeypatch)
    git(project, "commit", "-q", "--allow-empty", "-m", "two")
    assert not check(monkeypatch)


def test_a_deleted_template_asks_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(monkeypatch)
    (project / "p/parts/b.j2").unlink()
    assert not check(monkeypatch)


def test_what_was_written_just_now_is_not_trusted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 60
    os.utime(project / "p/a.j2", (later, later))
    check(monkeypatch)
    assert not check(monkeypatch)


def test_a_damaged_entry_is_a_miss(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(monkeypatch)
    for path in (project / ".promptc_cache").glob("*.json"):
        path.write_bytes(path.read_bytes()[:-9])
    assert not check(monkeypatch)


def test_stamps_tell_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    known = stamps([str(path)])
    assert same(known)
    path.write_text("x")
    assert not same(known)
