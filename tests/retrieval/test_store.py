"""An index on disk is whole or refused; builds and readers at the same time never see a mix."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from promptc.errors import IndexFileError
from promptc.passages import Document
from promptc.retrieval import Index, refresh, store
from promptc.retrieval.store import MANIFEST
from tests.retrieval.documents import HANDBOOK, TOKENIZER, built
from tests.test_atomic import names

FILES = sorted((*built().table.files(), "words.txt", "words.scores.npy", "vectors.faiss"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The handbook's index."""
    folder = tmp_path / "handbook.index"
    built().save(folder)
    return folder


def stored(folder: Path, name: str) -> Path:
    """The file *name* of the index."""
    (found,) = folder.rglob(name)
    return found


def test_an_index_reads_what_it_wrote(saved: Path) -> None:
    read, made = Index.open(saved), built()
    assert [read.table[at] for at in range(len(read))] == [
        made.table[at] for at in range(len(made))
    ]
    for query in ("return a laptop", "Asia", "Who pays?"):
        assert read.ranked(query) == made.ranked(query)


def test_equal_documents_give_equal_bytes(saved: Path, tmp_path: Path) -> None:
    built().save(tmp_path / "other")
    for name in (MANIFEST, *FILES):
        assert stored(saved, name).read_bytes() == stored(tmp_path / "other", name).read_bytes()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: data[:-1], "cut short or grown"),
        (lambda data: b"", "cut short or grown"),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "damaged, its checksum does not match"),
    ],
)
def test_a_damaged_file_is_refused_by_name(
    saved: Path, name: str, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = stored(saved, name)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(IndexFileError, match=f"{name}: {says}; build the index again"):
        Index.open(saved)


def test_a_missing_file_is_refused_by_name(saved: Path) -> None:
    stored(saved, "vectors.faiss").unlink()
    with pytest.raises(IndexFileError, match=r"vectors\.faiss: No such file"):
        Index.open(saved)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"format": store.FORMAT + 1},
            "format 2 is newer than 1, which this promptc reads",
        ),
        ({"format": "x"}, "format 'x' is newer"),
        ({"format": 0}, "format 0 is too old; build"),
        ({"promptc": "ledger"}, "not the manifest of an index"),
        ({"passages": 1}, "damaged, its checksum does not match"),
        ({"generation": "../../else"}, "damaged, its checksum does not match"),
    ],
)
def test_a_manifest_that_is_foreign_newer_or_changed_is_refused(
    saved: Path, change: dict[str, object], says: str
) -> None:
    path = saved / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(IndexFileError, match=says):
        Index.open(saved)


@pytest.mark.parametrize("data", [b"", b'{"promptc": "ind', b"[]", b"\xff"])
def test_a_broken_manifest_is_refused(saved: Path, data: bytes) -> None:
    (saved / MANIFEST).write_bytes(data)
    with pytest.raises(IndexFileError, match=r"damaged, it is no JSON|not the manifest"):
        Index.open(saved)


def test_a_folder_without_an_index_and_a_file_are_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexFileError, match="no index here; make one with `promptc index`"):
        Index.open(tmp_path)
    with pytest.raises(IndexFileError, match=r"no such index; did you mean 'handbook\.index'\?"):
        Index.open(tmp_path / "handbok.index")
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexFileError, match="a file; name the index's folder"):
        Index.open(tmp_path / "file")


def test_what_is_no_index_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexFileError, match="not empty, and no index; name another folder"):
        built().save(tmp_path)
    (tmp_path / "notes.txt").rename(tmp_path / MANIFEST)
    with pytest.raises(IndexFileError, match="damaged, it is no JSON"):
        built().save(tmp_path)
    assert names(tmp_path) == [MANIFEST]


@pytest.mark.parametrize("name", ["texts.txt", MANIFEST])
def test_a_damaged_index_is_built_anew_and_said(saved: Path, name: str) -> None:
    stored(saved, name).write_bytes(b"x")
    done = refresh(saved, HANDBOOK, TOKENIZER)
    assert f"{name}: " in done.note
    assert done.found.embedded == len(done.found) == len(Index.open(saved))


def test_a_build_that_fails_leaves_the_index(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (saved / MANIFEST).read_bytes()

    def full(path: Path, data: bytes) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(OSError, match="the disk is full"):
        built(HANDBOOK[0]).save(saved)
    assert (saved / MANIFEST).read_bytes() == before
    assert len(Index.open(saved).table.names) == 2


def test_only_the_last_two_generations_are_kept(saved: Path) -> None:
    for number in range(4):
        built(Document("a.md", f"Number {number}.")).save(saved)
    kept = [name for name in names(saved / ".gen") if not name.startswith(".")]
    assert len(kept) == 2


def version(number: int) -> Document:
    """A document all of whose passages name one version."""
    return Document(f"v{number}.md", f"# V{number}\n\n" + f"Version {number} is here. " * 40)


def build_many(folder: str, number: int, times: int) -> None:
    """Build the index of one version again and again."""
    for _ in range(times):
        refresh(Path(folder), [version(number)], TOKENIZER)


def test_two_builds_at_once_leave_one_of_the_two(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    context = multiprocessing.get_context("spawn")
    builds = [context.Process(target=build_many, args=(str(folder), at, 4)) for at in (1, 2)]
    for build in builds:
        build.start()
    for build in builds:
        build.join()
    assert [build.exitcode for build in builds] == [0, 0]
    assert consistent(Index.open(folder)) in {"v1.md", "v2.md"}


def test_readers_see_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build_many(str(folder), 0, 1)
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(consistent(Index.open(folder)))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 9):
        build_many(str(folder), number % 3, 1)
    done.set()
    reader.join()
    assert seen and set(seen) <= {"v0.md", "v1.md", "v2.md"}


def consistent(index: Index) -> str:
    """The one document of *index*, whose passages and words must be of its version."""
    (name,) = index.table.names
    hits = index.search(f"version {name[1]}")
    assert hits and all(f"Version {name[1]}" in hit.text for hit in hits)
    return name


def test_an_open_index_goes_on_while_it_is_replaced(saved: Path) -> None:
    opened = Index.open(saved)
    before = opened.ranked("return a laptop")
    for number in range(3):
        built(Document("a.md", f"Number {number}.")).save(saved)
    assert opened.ranked("return a laptop") == before
    assert "laptop" in opened.search("return a laptop")[0].text
