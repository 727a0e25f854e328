"""`promptc index` and `promptc retrieve` as users run them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptc.cli import main
from promptc.retrieval import store
from promptc.tokens import get_tokenizer
from tests.retrieval.documents import RETURNS, SHIPPING


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a handbook in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbook").mkdir()
    for each in (RETURNS, SHIPPING):
        (tmp_path / "handbook" / each.name).write_text(each.text)
    return tmp_path


def run(*args: str, code: int = 0) -> Result:
    """Run promptc in this process."""
    result = CliRunner().invoke(main, args)
    assert result.exit_code == code, result.output
    return result


def test_a_folder_is_indexed_and_only_what_changed_again(folder: Path) -> None:
    shown = run("index", "handbook").stdout
    assert shown == "handbook.index: 2 documents, 3 passages, 3 embedded, 0 kept\n"
    (folder / "handbook" / "new.md").write_text("New: we repair bicycles.")
    shown = run("index", "handbook/").stdout
    assert shown == "handbook.index: 3 documents, 4 passages, 1 embedded, 3 kept\n"


def test_an_index_of_static_vectors_is_searched_by_them(folder: Path) -> None:
    run("index", "handbook", "--embedder", "static")
    assert (
        "all-MiniLM-L6-v2-static-256"
        in run("index", "handbook", "--embedder", "static", "--json").stdout
    )
    assert "30 days" in run("retrieve", "handbook.index", "How long can I return a laptop?").stdout


def test_a_question_is_answered_from_another_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", "handbook", "-o", "out/h")
    (folder / "elsewhere").mkdir()
    (folder / "out").rename(folder / "moved")
    monkeypatch.chdir(folder / "elsewhere")
    shown = run("retrieve", "../moved/h", "How long can I return a laptop?", "-k", "1").stdout
    assert shown.startswith('<passage id="1" source="returns.md:1">\n# Returns')
    assert "within 30 days" in shown


def test_tokens_hold_for_all_that_is_printed() -> None:
    run("index", "handbook")
    shown = run("retrieve", "handbook.index", "return a laptop", "--tokens", "60").stdout
    assert "30 days" in shown
    assert get_tokenizer("gpt-4o").count(shown.rstrip("\n")) <= 60


def test_json_tells_where_each_passage_stands() -> None:
    run("index", "handbook", "--json")
    told = json.loads(run("retrieve", "handbook.index", "Europe or Asia", "--json").stdout)
    first = told["passages"][0]
    assert first["source"] == "shipping.md"
    (start, stop), *_ = first["spans"]
    assert SHIPPING.text[start:stop] == first["text"]
    assert told["exact"] and 0 < first["tokens"] < told["tokens"]


def test_a_single_document_can_be_indexed() -> None:
    run("index", "handbook/returns.md", "-o", "r.index")
    assert "returns.md" in run("retrieve", "r.index", "laptop").stdout


def test_line_ends_of_windows_change_nothing(folder: Path) -> None:
    run("index", "handbook", "-o", "one")
    path = folder / "handbook" / RETURNS.name
    path.write_bytes(b"\xef\xbb\xbf" + RETURNS.text.replace("\n", "\r\n").encode())
    assert ", 0 embedded, 3 kept" in run("index", "handbook", "-o", "one").stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["index", "handbok"], "does not exist"),
        (["index", "empty"], "no documents here"),
        (["index", "handbook", "-o", "handbook"], "handbook: not empty, and no index"),
        (["index", "bad"], "a.md:1: byte 0xff is not UTF-8"),
        (["index", "handbook", "--most", "3"], "--most"),
        (["index", "handbook", "--model", "gtp-4o"], "did you mean"),
        (["retrieve", "handbook", "x"], "no index here; make one with `promptc index`"),
        (["retrieve", "nothing", "x"], "nothing: no such index"),
        (["retrieve", "handbook.index", " "], "the question is empty"),
        (["retrieve", "handbook.index", "x", "-k", "0"], "-k"),
        (["retrieve", "handbook.index", "x", "--tokens", "0"], "--tokens"),
    ],
)
def test_what_can_not_be_done_is_said_with_code_2(folder: Path, args: list[str], says: str) -> None:
    (folder / "empty").mkdir()
    (folder / "bad").mkdir()
    (folder / "bad" / "a.md").write_bytes(b"\xff")
    run("index", "handbook")
    before = (folder / "handbook.index" / store.MANIFEST).read_bytes()
    assert says in run(*args, code=2).stderr
    assert (folder / "handbook.index" / store.MANIFEST).read_bytes() == before


def test_a_damaged_index_is_an_error_and_is_built_anew(folder: Path) -> None:
    run("index", "handbook")
    (texts,) = folder.rglob("texts.txt")
    texts.write_bytes(texts.read_bytes()[:-9])
    told = run("retrieve", "handbook.index", "laptop", code=2).stderr
    assert "texts.txt: cut short or grown; build the index again" in told
    again = run("index", "handbook")
    assert "built from nothing: " in again.stderr
    assert "3 embedded" in again.stdout
    run("retrieve", "handbook.index", "laptop")


def test_nothing_found_is_said_and_no_error() -> None:
    run("index", "handbook")
    result = run("retrieve", "handbook.index", "laptop", "--tokens", "3")
    assert (result.stdout, result.stderr) == ("", "nothing found that fits 3 tokens\n")


def test_control_characters_of_a_document_do_not_reach_the_terminal(folder: Path) -> None:
    (folder / "handbook" / "evil.md").write_text("Evil \x1b[31mred\x1b[0m words \u202e here.")
    run("index", "handbook")
    shown = run("retrieve", "handbook.index", "evil red words", "-k", "1").stdout
    assert "\\x1b[31mred" in shown
    assert "\x1b" not in shown and "\u202e" not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_an_interrupt_leaves_the_last_index(folder: Path) -> None:
    run("index", "handbook")
    before = (folder / "handbook.index" / store.MANIFEST).read_bytes()
    text = "\n\n".join(f"# Part {at}\n\nSomething about {at}." for at in range(60_000))
    (folder / "handbook" / "large.md").write_text(text)
    command = [sys.executable, "-m", "promptc", "index", "handbook"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2)
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert (process.returncode, told.strip()) == (130, b"Interrupted.")
    assert (folder / "handbook.index" / store.MANIFEST).read_bytes() == before
