"""The pages of `promptc check` and `promptc compress`, and the option that writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptc.cli import main
from tests.report.page.pages import Read

DATA = json.dumps({"units": {name: {"of": [1, 2, 3]} for name in "abcdefgh"}}, indent=4)
HOSTILE = "</script><script>alert(1)</script>{{ x }} <img src=x onerror=alert(2)>\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/ask.j2").write_text(
        f"Please note that you are brief.\n\n```json\n{DATA}\n```\n"
    )
    (tmp_path / "prompts/mean.j2").write_text(HOSTILE * 3)
    (tmp_path / "notes.txt").write_text(
        "Anna signed on May 3. It rained. The file lies in box 7.\n"
    )
    (tmp_path / "mean.txt").write_text(HOSTILE)
    return tmp_path


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def report(folder: Path) -> Read:
    """The page that was written, in which nothing of a hostile text came to life."""
    page = Read((folder / "report.html").read_text(encoding="utf-8"))
    assert len(page.named("script")) == 1
    assert not page.named("img")
    return page


def test_build_writes_a_page_and_says_so(here: Path) -> None:
    result = run("build", "prompts", "--report", "report.html")
    assert "The report is in report.html" in result.stderr
    page = report(here)
    assert "minify-json" in page.text
    assert "ask.j2" in page.text
    assert HOSTILE.strip() in page.text


def test_build_json_stays_json_beside_a_page(here: Path) -> None:
    result = run("build", "prompts", "--dry-run", "--json", "--report", "report.html", "-q")
    assert result.stdout.startswith("{")
    assert result.stderr == ""
    assert not (here / "build").exists()
    assert report(here).text


def test_a_build_with_failures_has_a_page_too(here: Path) -> None:
    (here / "prompts/bad.j2").write_text("{% if x %}")
    run("build", "prompts", "--report", "report.html", code=2)
    assert "bad.j2:1:1: " in report(here).text


def test_check_writes_a_page_with_what_was_found(here: Path) -> None:
    run("check", "prompts", "--report", "report.html")
    page = report(here)
    assert "PC205" in page.text
    assert "minify-json saves" in page.text
    marks = [each for each in page.named("a") if "found" in each.get("class", "")]
    assert marks


def test_check_writes_the_page_again_though_nothing_changed(here: Path) -> None:
    first = run("check", "prompts", "--report", "report.html").stdout
    (here / "report.html").unlink()
    assert run("check", "prompts").stdout == first
    assert run("check", "prompts", "--report", "report.html").stdout == first
    assert (here / "report.html").exists()


def test_compress_writes_a_page_of_what_was_kept(here: Path) -> None:
    words = "--rate", "0.5", "--query", "Who signed?", "--explain", "--report", "report.html"
    result = run("compress", "notes.txt", "mean.txt", *words)
    assert "Anna signed" in result.stdout
    page = report(here)
    assert "<script>alert(1)" in page.text
    assert "It rained." in page.text
    assert "rate 0.5, query: Who signed?" in page.text
    assert "notes.txt" in page.text


def test_compress_together_counts_characters_of_each(here: Path) -> None:
    run("compress", "notes.txt", "mean.txt", "--together", "--tokens", "20", "--report", "r.html")
    page = Read((here / "r.html").read_text(encoding="utf-8"))
    assert "tokens before" not in page.text
    assert "dropped" in page.text


def test_a_text_that_fails_is_on_the_page(here: Path) -> None:
    (here / "bad.txt").write_bytes(b"\xff\xfe")
    run("compress", "notes.txt", "bad.txt", "--rate", "1", "--report", "report.html", code=2)
    assert "1 text could not be compressed" in report(here).text


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_file_that_is_no_report_is_never_replaced(here: Path, command: str) -> None:
    before = (here / "prompts/ask.j2").read_text()
    result = run(command, "prompts", "--report", "prompts/ask.j2", code=2)
    assert "prompts/ask.j2: not a report of promptc; name another file" in result.stderr
    assert (here / "prompts/ask.j2").read_text() == before
    assert not (here / "build").exists()


def test_an_older_report_is_replaced(here: Path) -> None:
    for _ in range(2):
        run("build", "prompts", "--report", "out/report.html")
    assert (here / "out/report.html").exists()


def test_standard_output_is_no_file(here: Path) -> None:
    result = run("build", "prompts", "--report", "-", code=2)
    assert "--report writes a file; name one, as report.html." in result.stderr
    assert not (here / "build").exists()


def test_a_folder_is_refused(here: Path) -> None:
    result = run("build", "prompts", "--report", "prompts", code=2)
    assert "is a directory" in result.stderr


def test_lines_have_no_page(here: Path) -> None:
    (here / "c.jsonl").write_text('{"text": "a"}\n')
    result = run("compress", "c.jsonl", "--jsonl", "--rate", "1", "--report", "r.html", code=2)
    assert "--report and --jsonl can't be mixed" in result.stderr
