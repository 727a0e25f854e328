from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from promptc.errors import HistoryError
from promptc.history import git as history
from promptc.history.git import followed, repository, required
from tests.history.repositories import commit, git, made, write

FILES = {
    "prompts/ask.j2": "Ask {{ x }}.\n",
    "prompts/über uns.j2": "Grüß Gott.\r\n",
    "prompts/deep/er.j2": "Deeper.",
    "README.md": "no template",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "repo", FILES)


def test_files_are_read_as_they_were_committed(folder: Path) -> None:
    write(folder, {"prompts/ask.j2": "changed since"})
    found = required(folder)
    tree = found.tree(str(found.commit("HEAD")))
    contents = found.read(tree.values())
    assert {name: contents[entry].decode() for name, entry in tree.items()} == FILES


def test_one_folder_can_be_listed(folder: Path) -> None:
    found = required(folder / "prompts" / "deep" / "er.j2")
    head = str(found.commit("HEAD"))
    assert set(found.tree(head, folder / "prompts" / "deep")) == {"prompts/deep/er.j2"}
    assert set(found.tree(head, folder)) == set(FILES)


def test_a_folder_named_like_a_pattern_is_taken_as_it_is_written(tmp_path: Path) -> None:
    found = required(made(tmp_path / "repo", {"[ab]/x.j2": "1", "a/x.j2": "2"}))
    assert set(found.tree(str(found.commit("HEAD")), found.root / "[ab]")) == {"[ab]/x.j2"}


def test_ten_thousand_files_take_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "repo", {f"{number}.j2": f"text {number}" for number in range(300)})
    found = required(folder)
    tree = found.tree(str(found.commit("HEAD")))
    asked: list[str] = []
    real = history._git

    def counted(folder: Path, arguments: tuple[str, ...], sent: bytes = b"") -> object:
        asked.append(arguments[0])
        return real(folder, arguments, sent)

    monkeypatch.setattr(history, "_git", counted)
    assert len(found.read(tree.values())) == 300
    assert asked == ["cat-file"]


@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1", "v1", "main", "branch/one"])
def test_a_revision_may_be_named_any_way(folder: Path, revision: str) -> None:
    first = git(folder, "rev-parse", "HEAD")
    git(folder, "tag", "-a", "v1", "-m", "annotated")
    second = commit(folder, "second", {"prompts/ask.j2": "Anew."})
    git(folder, "branch", "branch/one")
    expected = first if revision in ("HEAD~1", "v1") else second
    assert required(folder).commit(revision) == expected


def test_three_dots_mean_where_the_branches_parted(folder: Path) -> None:
    first = git(folder, "rev-parse", "HEAD")
    git(folder, "checkout", "-qb", "topic")
    commit(folder, "mine", {"a.j2": "a"})
    git(folder, "checkout", "-q", "main")
    commit(folder, "theirs", {"b.j2": "b"})
    git(folder, "checkout", "-q", "topic")
    assert required(folder).commit("main...") == first


@pytest.mark.parametrize("revision", ["HEDA", "--output=/tmp/x", "", "a b", "HEAD:README.md", "\0"])
def test_a_revision_that_is_none_is_refused(folder: Path, revision: str) -> None:
    with pytest.raises(HistoryError):
        required(folder).commit(revision)


def test_the_nearest_name_is_told(folder: Path) -> None:
    with pytest.raises(HistoryError, match="mian: git knows no such revision; did you mean 'main'"):
        required(folder).commit("mian")


def test_a_shallow_clone_says_how_to_fetch_the_rest(folder: Path, tmp_path: Path) -> None:
    commit(folder, "second", {"prompts/ask.j2": "Anew."})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{folder}", "shallow")
    found = required(tmp_path / "shallow")
    assert found.shallow
    assert found.commit("HEAD")
    with pytest.raises(HistoryError, match="shallow; fetch the rest with 'git fetch --unshallow'"):
        found.commit("HEAD~1")


def test_a_repository_without_a_commit_has_no_head(tmp_path: Path) -> None:
    found = required(made(tmp_path / "repo"))
    assert found.commit("HEAD") is None
    with pytest.raises(HistoryError):
        found.commit("main")


def test_outside_of_a_repository_there_is_none(tmp_path: Path) -> None:
    assert repository(tmp_path) is None
    with pytest.raises(HistoryError, match="no git repository, so there is no earlier version"):
        required(tmp_path)


def test_without_git_there_is_no_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert shutil.which("git") is None
    assert repository(folder) is None
    with pytest.raises(HistoryError, match="git is not installed"):
        required(folder)


def test_a_broken_repository_is_an_error(folder: Path) -> None:
    (folder / ".git" / "config").write_text("[core\n")
    with pytest.raises(HistoryError, match="git can't read the repository"):
        repository(folder)


def test_renamed_files_are_found(folder: Path) -> None:
    found = required(folder)
    head = str(found.commit("HEAD"))
    write(folder, {"prompts/ask.j2": "Ask {{ x }}.\n" * 40})
    head = commit(folder, "longer")
    git(folder, "mv", "prompts/ask.j2", "prompts/new name.j2")
    (folder / "prompts/new name.j2").write_text("Ask {{ x }}.\n" * 38)
    assert found.renames(head) == {"prompts/ask.j2": "prompts/new name.j2"}


def test_links_are_followed_inside_the_revision(folder: Path) -> None:
    (folder / "prompts/link.j2").symlink_to("deep/er.j2")
    (folder / "prompts/out.j2").symlink_to("../../outside.j2")
    (folder / "prompts/loop.j2").symlink_to("loop.j2")
    commit(folder, "links")
    found = required(folder)
    tree = found.tree(str(found.commit("HEAD")))
    links = found.read(entry for entry in tree.values() if entry.mode == "120000")
    assert followed("prompts/link.j2", tree, links) == tree["prompts/deep/er.j2"]
    assert followed("prompts/out.j2", tree, links) is None
    assert followed("prompts/loop.j2", tree, links) is None
    assert followed("README.md", tree, links) == tree["README.md"]


def test_a_path_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="lies outside of the git repository"):
        required(folder).name(tmp_path)


def test_an_empty_file_and_one_of_line_ends_come_out_whole(tmp_path: Path) -> None:
    files = {"empty.j2": "", "ends.j2": "\n\n", "odd.j2": "a\nb blob 3\n\0"}
    found = required(made(tmp_path / "repo", files))
    tree = found.tree(str(found.commit("HEAD")))
    contents = found.read(tree.values())
    assert {name: contents[entry].decode() for name, entry in tree.items()} == files
