from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from promptc.atomic import swap, write
from promptc.errors import PromptcError


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_write_replaces_a_file_and_makes_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "ask.j2"
    write(path, b"old")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["ask.j2"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_write_gives_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "secret", b"", 0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_write_under_a_file_names_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PromptcError, match=r"file.ask\.j2: can't be written"):
        write(tmp_path / "file" / "ask.j2", b"text")


def test_a_folder_in_the_way_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "ask.j2").mkdir()
    with pytest.raises(PromptcError, match=r"ask\.j2: can't be written"):
        write(tmp_path / "ask.j2", b"text")
    assert names(tmp_path) == ["ask.j2"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PromptcError, match="make this one writable"):
        write(tmp_path / "ask.j2", b"text")
    tmp_path.chmod(0o700)


FULL_DISK = """
import pathlib, resource, sys
from promptc.atomic import write
from promptc.errors import PromptcError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write(pathlib.Path(sys.argv[1]), b"x" * 5000)
except PromptcError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_write_that_finds_no_room_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "ask.j2"
    write(path, b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True
    )
    assert f"{path}: can't be written" in done.stdout
    assert "free some space" in done.stdout
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"ask.j2": b"old"}


def test_swap_goes_by_way_of_the_scratch_folder(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    swap(tmp_path / "out" / "ask.j2", b"text", scratch)
    assert (tmp_path / "out" / "ask.j2").read_bytes() == b"text"
    assert list(scratch.iterdir()) == []
