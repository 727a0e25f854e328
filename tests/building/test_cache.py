from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.building.cache import Cache, key
from tests.test_atomic import names

KEY = key("ask.j2")
OTHER = key("other.j2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".promptc_cache"


def aged(path: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(path, (then, then))


parts = st.lists(st.text() | st.binary(), max_size=4).map(tuple)


@settings(deadline=None)
@given(parts, parts)
def test_two_lists_of_parts_never_share_a_key(one: tuple[str], two: tuple[str]) -> None:
    plain = [[p.encode() if isinstance(p, str) else p for p in each] for each in (one, two)]
    assert (key(*one) == key(*two)) == (plain[0] == plain[1])


def test_what_was_put_comes_back_in_another_process(folder: Path) -> None:
    assert Cache(folder).put(KEY, {"text": "Grüße\n", "n": [1, 2.5, None]}) == ""
    assert Cache(folder).get(KEY) == {"text": "Grüße\n", "n": [1, 2.5, None]}
    assert Cache(folder).get(OTHER) is None


def test_no_folder_means_no_cache() -> None:
    cache = Cache(None)
    assert cache.put(KEY, {"a": 1}) == ""
    assert cache.get(KEY) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_entries_are_json_for_the_owner_alone(folder: Path) -> None:
    Cache(folder).put(KEY, {"a": 1})
    entry = folder / f"{KEY}.json"
    assert json.loads(entry.read_text())["value"] == {"a": 1}
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600


def test_git_and_backups_pass_the_folder_by(folder: Path) -> None:
    Cache(folder).put(KEY, {})
    subprocess.run(["git", "init", "-q", str(folder.parent)], check=True)
    status = ["git", "-C", str(folder.parent), "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "one bit": lambda data: data.replace(b"verbatim", b"verbatIm"),
    "newer": lambda data: data.replace(b'"promptc_cache":1', b'"promptc_cache":2'),
    "foreign": lambda data: b'{"lockfileVersion": 3}',
    "binary": lambda data: b"\x80\x04\x95" + data,
    "another entry's": lambda data: data.replace(KEY.encode(), OTHER.encode()),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_an_entry_that_is_not_sound_is_a_miss_and_goes(folder: Path, how: str) -> None:
    cache, entry = Cache(folder), folder / f"{KEY}.json"
    cache.put(KEY, {"text": "verbatim"})
    entry.write_bytes(DAMAGE[how](entry.read_bytes()))
    assert cache.get(KEY) is None
    assert not entry.exists()


def test_a_folder_that_cannot_be_written_is_noted_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file" / "cache")
    notes = [cache.put(KEY, {}) for _ in range(3)]
    assert [bool(note) for note in notes] == [True, False, False]
    assert notes[0].startswith("building without a cache: ")
    assert str(tmp_path / "file" / "cache") in notes[0]
    assert cache.get(KEY) is None


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert "holds other files ('thesis.txt')" in Cache(tmp_path).put(KEY, {})
    assert names(tmp_path) == ["thesis.txt"]


def test_a_link_to_another_folder_is_not_followed(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in Cache(folder).put(KEY, {})
    assert names(tmp_path / "elsewhere") == []


def test_entries_unused_for_30_days_go_and_those_in_use_stay(folder: Path) -> None:
    cache = Cache(folder)
    for name in (KEY, OTHER):
        cache.put(name, {})
        aged(folder / f"{name}.json", 29)
    assert cache.get(KEY) == {}
    for name in (KEY, OTHER):
        path = folder / f"{name}.json"
        aged(path, (time.time() - path.stat().st_mtime) / 86_400 + 2)
    aged(folder / ".pruned", 2)
    Cache(folder).put(key("third"), {})
    assert not (folder / f"{OTHER}.json").exists()
    assert Cache(folder).get(KEY) == {}


def test_the_oldest_go_when_there_is_too_much(folder: Path) -> None:
    keys = [key(str(number)) for number in range(8)]
    cache = Cache(folder, max_bytes=4_000)
    for age, name in enumerate(reversed(keys)):
        cache.put(name, {"text": "x" * 900})
        aged(folder / f"{name}.json", 1 + age)
    cache.put(KEY, {"text": "x" * 900})
    left = {path.stem for path in folder.glob("*.json")}
    assert KEY in left
    assert sum(path.stat().st_size for path in folder.glob("*.json")) <= 4_000


def test_pruning_removes_entries_and_leftovers_only(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, {})
    keep, leftover = folder / "notes.json", folder / ".promptc-00ff00ff00ff00ff.tmp"
    for path in (keep, leftover):
        path.write_text("{}")
        aged(path, 60)
    aged(folder / ".pruned", 2)
    Cache(folder).put(OTHER, {})
    assert keep.exists()
    assert not leftover.exists()


AT_ONCE = """
import pathlib, sys
from promptc.building.cache import Cache, key
cache = Cache(pathlib.Path(sys.argv[1]), max_bytes=40_000)
for number in range(150):
    name = key(str(number % 10))
    note = cache.put(name, {"n": number % 10, "text": "x" * 2000})
    assert not note, note
    value = cache.get(name)
    assert value is None or value["n"] == number % 10, value
"""


def test_two_builds_at_once_share_a_cache(folder: Path) -> None:
    command = [sys.executable, "-c", AT_ONCE, str(folder)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [each.communicate(timeout=60)[1] for each in both]
    assert errors == [b"", b""]
