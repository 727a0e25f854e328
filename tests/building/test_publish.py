from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from promptc.building import manifest
from promptc.building import publish as publishing
from promptc.building.earlier import load
from promptc.building.publish import Content, Published, publish
from promptc.errors import PromptcError
from tests.test_atomic import names

FIRST = {"ask.j2": b"Ask.\n", "rag/answer.j2": b"Answer.\n", "rag/deep/x.j2": b"X"}
SECOND = {"ask.j2": b"Ask!\n", "new/one.j2": b"One"}
LEDGER = b'{\n  "promptc": "ledger",\n  "version": 1,\n  "files": {}\n}\n'
KEPT = {"manifest.json", "promptc.lock", "ledger.json"}


def put(out: Path, outputs: Mapping[str, bytes], ledger: bytes = LEDGER) -> Published:
    return publish(load(out), lambda earlier: Content(outputs, ledger, lock=b"{}\n"))


def mirror(out: Path) -> dict[str, bytes]:
    """Every file but promptc's own, by name."""
    return {
        name: path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
        and not (name := path.relative_to(out).as_posix()).startswith(".gen/")
        and name not in KEPT
    }


def generations(out: Path) -> set[str]:
    return {each.name for each in (out / ".gen").iterdir() if each.is_dir()}


def written(path: Path) -> tuple[int, int, int]:
    """What changes when *path* is written, but not when it is read."""
    info = path.lstat()
    return info.st_ino, info.st_size, info.st_mtime_ns


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "build"


def test_outputs_stand_in_the_mirror_and_in_the_generation(out: Path) -> None:
    assert put(out, FIRST) == Published((), 3)
    assert mirror(out) == FIRST
    listed = manifest.read(out)
    home = manifest.folder(out, listed)
    assert {name: (home / name).read_bytes() for name in listed.files} == FIRST
    assert listed.files == {name: manifest.sha256(data) for name, data in FIRST.items()}
    assert (out / "promptc.lock").read_bytes() == b"{}\n"
    assert (out / "ledger.json").read_bytes() == LEDGER
    assert (out / ".gen" / ".gitignore").read_text() == "*\n"


def test_the_same_outputs_give_the_same_manifest_whatever_came_before(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    put(one, FIRST)
    put(two, SECOND)
    put(two, dict(reversed(FIRST.items())))
    assert (one / "manifest.json").read_bytes() == (two / "manifest.json").read_bytes()


def test_a_generation_is_named_by_names_and_contents() -> None:
    swapped = {"ask.j2": FIRST["rag/answer.j2"], "rag/answer.j2": FIRST["ask.j2"]}
    plain = {name: FIRST[name] for name in swapped}
    assert manifest.Manifest.of(swapped).generation != manifest.Manifest.of(plain).generation


def test_only_what_differs_is_written_again(out: Path) -> None:
    put(out, FIRST)
    before = {name: written(out / name) for name in FIRST}
    assert put(out, {**FIRST, "ask.j2": b"Ask!\n"}) == Published((), 1)
    same = {name for name in FIRST if written(out / name) == before[name]}
    assert same == set(FIRST) - {"ask.j2"}


def test_nothing_to_do_writes_nothing(out: Path) -> None:
    put(out, FIRST)
    before = {path: written(path) for path in out.rglob("*")}
    assert put(out, FIRST) == Published((), 0)
    assert {path: written(path) for path in out.rglob("*")} == before


def test_a_changed_ledger_is_written_though_the_outputs_are_the_same(out: Path) -> None:
    put(out, FIRST)
    ledger = LEDGER.replace(b"{}", b'{"ask.j2": []}')
    assert put(out, FIRST, ledger) == Published((), 0)
    assert (out / "ledger.json").read_bytes() == ledger


def test_outputs_of_deleted_sources_go_with_the_folders_they_leave_empty(out: Path) -> None:
    put(out, FIRST)
    assert put(out, SECOND) == Published(("rag/answer.j2", "rag/deep/x.j2"), 2)
    assert mirror(out) == SECOND
    assert not (out / "rag").exists()


def test_files_of_others_stay(out: Path) -> None:
    put(out, FIRST)
    (out / "rag" / "notes.txt").write_bytes(b"mine")
    put(out, SECOND)
    assert mirror(out) == {**SECOND, "rag/notes.txt": b"mine"}


def test_an_edited_output_whose_source_is_gone_stays(out: Path) -> None:
    put(out, FIRST)
    (out / "rag" / "answer.j2").write_bytes(b"Answer. Edited by hand.")
    assert put(out, SECOND).removed == ("rag/deep/x.j2",)
    assert (out / "rag" / "answer.j2").read_bytes() == b"Answer. Edited by hand."


def test_a_deleted_output_comes_back(out: Path) -> None:
    put(out, FIRST)
    (out / "ask.j2").unlink()
    assert put(out, FIRST) == Published((), 1)
    assert mirror(out) == FIRST


def test_the_current_generation_and_the_one_before_are_kept(out: Path) -> None:
    seen: list[str] = []
    for text in (b"1", b"2", b"3", b"2"):
        put(out, {"ask.j2": text})
        put(out, {"ask.j2": text})
        seen.append(manifest.read(out).generation)
        assert generations(out) == set(seen[-2:])


def test_a_damaged_generation_is_made_anew(out: Path) -> None:
    put(out, FIRST)
    home = manifest.folder(out, manifest.read(out))
    (home / "ask.j2").write_bytes(b"As")
    put(out, FIRST)
    assert (home / "ask.j2").read_bytes() == FIRST["ask.j2"]


def test_a_build_folder_from_a_fresh_clone_is_known_by_its_manifest(out: Path) -> None:
    put(out, FIRST)
    for path in sorted((out / ".gen").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (out / ".gen").rmdir()
    assert put(out, SECOND).removed == ("rag/answer.j2", "rag/deep/x.j2")
    assert mirror(out) == SECOND


@pytest.mark.parametrize("damage", [None, b"", b'{"promptc": "manifest"', b"{}"])
def test_a_lost_manifest_is_made_anew(out: Path, damage: bytes | None) -> None:
    put(out, FIRST)
    (out / "manifest.json").unlink()
    if damage is not None:
        (out / "manifest.json").write_bytes(damage)
    if damage == b"{}":
        with pytest.raises(PromptcError, match=r"manifest\.json: not written by promptc"):
            put(out, SECOND)
        return
    put(out, SECOND)
    assert mirror(out) == SECOND


def refused(out: Path, outputs: Mapping[str, bytes], message: str) -> None:
    """Check that publishing fails with *message* and changes nothing that anyone reads."""
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and ".gen" not in p.parts}
    with pytest.raises(PromptcError, match=message):
        put(out, outputs)
    after = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and ".gen" not in p.parts}
    assert after == before


def test_a_foreign_file_in_the_way_stops_the_build_first(out: Path) -> None:
    put(out, FIRST)
    (out / "new").mkdir()
    (out / "new" / "one.j2").write_bytes(b"mine")
    refused(out, SECOND, r"one\.j2: promptc did not write this.*move it away")


def test_a_foreign_file_in_a_folder_that_was_never_built_stops_the_build(out: Path) -> None:
    out.mkdir()
    (out / "ask.j2").write_bytes(b"mine")
    (out / "new").mkdir()
    (out / "new" / "one.j2").write_bytes(b"mine")
    refused(out, SECOND, r"ask\.j2: promptc did not write this.*and 1 more: new/one\.j2")


def test_an_edited_output_stops_the_build_first(out: Path) -> None:
    put(out, FIRST)
    (out / "ask.j2").write_bytes(b"Edited")
    refused(out, SECOND, r"ask\.j2: edited since .*put the change into its template")
    refused(out, FIRST, r"ask\.j2: edited since ")


def test_an_edit_of_the_same_length_is_seen(out: Path) -> None:
    put(out, FIRST)
    (out / "ask.j2").write_bytes(b"Bsk.\n")
    refused(out, FIRST, r"ask\.j2: edited since ")


def test_a_foreign_file_with_just_that_content_is_fine(out: Path) -> None:
    out.mkdir()
    (out / "ask.j2").write_bytes(SECOND["ask.j2"])
    assert put(out, SECOND).written == 1


def test_a_file_that_lost_its_content_with_the_power_is_written_again(out: Path) -> None:
    put(out, FIRST)
    (out / "ask.j2").write_bytes(b"\0\0\0\0\0")
    assert put(out, FIRST).written == 1


@pytest.mark.parametrize("name", ["manifest.json", "ledger.json"])
def test_a_name_that_promptc_needs_and_another_tool_has_stops_the_build(
    out: Path, name: str
) -> None:
    out.mkdir()
    (out / name).write_bytes(b'{"icons": []}')
    refused(out, FIRST, f"{name}: not written by promptc")


@pytest.mark.parametrize("name", ["manifest.json", "ledger.json", "promptc.lock"])
def test_a_folder_where_promptc_needs_a_file_stops_the_build(out: Path, name: str) -> None:
    (out / name).mkdir(parents=True)
    refused(out, FIRST, f"{name}: not written by promptc")


def test_a_folder_where_an_output_must_go_stops_the_build(out: Path) -> None:
    (out / "ask.j2").mkdir(parents=True)
    (out / "ask.j2" / "mine").write_bytes(b"mine")
    refused(out, FIRST, r"ask\.j2: promptc did not write this")


def test_a_file_where_a_folder_must_go_stops_the_build(out: Path) -> None:
    out.mkdir()
    (out / "rag").write_bytes(b"mine")
    refused(out, FIRST, r"rag: promptc did not write this")


def test_an_output_may_become_a_folder_and_a_folder_an_output(out: Path) -> None:
    for outputs in ({"a": b"1", "b/c": b"2"}, {"a/d/e": b"1", "b": b"2"}, {"a": b"1"}):
        put(out, outputs)
        assert mirror(out) == outputs


def test_the_build_folder_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "build").symlink_to(tmp_path / "real")
    put(tmp_path / "build", FIRST)
    assert mirror(tmp_path / "real") == FIRST


@pytest.mark.parametrize("linked", ["rag", "rag/deep"])
def test_a_link_to_a_folder_inside_is_not_followed(out: Path, tmp_path: Path, linked: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / linked).parent.mkdir(parents=True)
    (out / linked).symlink_to(elsewhere)
    refused(out, FIRST, f"{linked}: a symbolic link")
    assert names(elsewhere) == []


def test_a_link_to_a_file_inside_is_not_followed(out: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(FIRST["ask.j2"])
    out.mkdir()
    (out / "ask.j2").symlink_to(target)
    refused(out, FIRST, r"ask\.j2: a symbolic link")
    assert target.read_bytes() == FIRST["ask.j2"]


def test_removing_does_not_follow_a_link(out: Path, tmp_path: Path) -> None:
    put(out, FIRST)
    (out / "rag").rename(tmp_path / "elsewhere")
    (out / "rag").symlink_to(tmp_path / "elsewhere")
    put(out, SECOND)
    assert (tmp_path / "elsewhere" / "answer.j2").read_bytes() == FIRST["rag/answer.j2"]


def test_a_private_folder_that_is_a_link_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    out.mkdir()
    (out / ".gen").symlink_to(tmp_path / "elsewhere")
    refused(out, FIRST, r"\.gen: a symbolic link")
    assert names(tmp_path / "elsewhere") == []


def test_a_manifest_cannot_name_files_outside(out: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    put(out, FIRST)
    files = {"../outside": manifest.sha256(b"mine")}
    value = {"promptc": "manifest", "version": 1, "generation": "0", "files": files}
    (out / "manifest.json").write_text(json.dumps(value))
    put(out, SECOND)
    assert outside.read_bytes() == b"mine"


def test_an_output_folder_that_is_a_file_is_refused(out: Path) -> None:
    out.write_bytes(b"mine")
    with pytest.raises(PromptcError, match="not a folder"):
        put(out, FIRST)


def test_a_bad_name_is_refused_before_a_folder_is_made(out: Path) -> None:
    with pytest.raises(PromptcError, match=r"\.\./ask\.j2: this name leaves the folder"):
        put(out, {"../ask.j2": b""})
    assert not out.exists()


def test_a_build_waits_for_another_only_so_long(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(out, FIRST)
    monkeypatch.setattr(publishing, "WAIT", 0.1)
    with FileLock(out / ".gen" / ".lock"), pytest.raises(PromptcError, match="another build"):
        put(out, SECOND)
    put(out, SECOND)


def test_a_manifest_that_is_missing_says_what_to_do(out: Path) -> None:
    with pytest.raises(PromptcError, match="run `promptc build` first"):
        manifest.read(out)


def test_a_newer_manifest_says_what_to_do(out: Path) -> None:
    put(out, FIRST)
    path = out / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 2'))
    with pytest.raises(PromptcError, match=r"version 2, and this promptc reads version 1"):
        manifest.read(out)
