"""`promptc check` as people and hooks call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptc.checking.traces import Stamp
from promptc.cli import main
from tests.checking.samples import write

JSON = 'Reply {"a": "{{ b }}", "c": 1}.'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"templates/ask.j2": JSON})
    return tmp_path


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_warnings_are_shown_and_pass(project: Path) -> None:
    lines = run().stdout.splitlines()
    assert lines[0].startswith("templates/ask.j2:1:14 PC502 warning: a quotation mark")
    assert lines[1] == "1 warning in 1 template"


def test_errors_fail_the_check(project: Path) -> None:
    write(project, {"promptc.toml": "budget = 2"})
    assert "PC101" in run(code=1).stdout
    assert "PC502" not in run("--quiet", code=1).stdout


def test_what_cannot_be_read_exits_with_2_and_a_message(project: Path) -> None:
    write(project, {"templates/bad.j2": b"\xff", "promptc.toml": "budget = 2"})
    result = run(code=2)
    assert "templates/bad.j2:1:1: byte 0xff is not UTF-8" in result.stderr
    assert "PC101" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "PC8"], "unknown code 'PC8'"),
        (["nowhere/"], "no such file or folder"),
        (["--baseline", "no.json"], "no such baseline"),
        (["--since", "HEAD"], "no git repository"),
        (["--since", "HEAD", "--baseline", "x.json"], "can't be mixed"),
        (["--watch", "--fix"], "--watch writes no templates"),
        (["--format", "xml"], "'xml' is not one of"),
    ],
)
def test_what_can_not_be_done_is_said(project: Path, arguments: list[str], message: str) -> None:
    assert message in run(*arguments, code=2).output


def test_an_empty_folder_is_clean(project: Path) -> None:
    (project / "empty").mkdir()
    assert run("empty").stdout == "nothing found in 0 templates\n"


def test_the_report_goes_into_a_file(project: Path) -> None:
    assert run("--format", "json", "--output", "out/check.json").stdout == ""
    value = json.loads((project / "out" / "check.json").read_text())
    assert [each["code"] for each in value["findings"]] == ["PC502"]


def test_codes_may_be_written_in_one_go_and_in_small_letters(project: Path) -> None:
    assert run("--select", "pc1,pc2").stdout == "nothing found in 1 template\n"


def test_fix_says_what_it_wrote(project: Path) -> None:
    write(project, {"templates/ask.j2": "Be  kind, and  be  brief.\n"})
    assert "1 file rewritten" in run("--fix").stdout
    assert (project / "templates/ask.j2").read_text() == "Be kind, and be brief.\n"
    assert "rewritten" not in run("--fix").stdout


def test_unsafe_fixes_take_other_words(project: Path) -> None:
    write(project, {"templates/ask.j2": "Please note that the order is final.\n"})
    assert "rewritten" not in run("--fix").stdout
    assert "1 file rewritten" in run("--unsafe-fixes").stdout
    assert (project / "templates/ask.j2").read_text() == "The order is final.\n"


def test_other_languages_and_windows_line_ends(project: Path) -> None:
    text = "Antworte höflich  auf 日本語.\r\n{{ frage }}  \r\n"
    write(project, {"templates/ask.j2": text})
    run("--fix")
    fixed = (project / "templates/ask.j2").read_bytes().decode()
    assert fixed.count("\r\n") == 2
    assert "höflich auf 日本語." in fixed


@pytest.mark.parametrize("arguments", [[], ["--unsafe-fixes"]], ids=["check", "unsafe"])
def test_only_unsafe_fixes_start_spacy(project: Path, arguments: list[str]) -> None:
    write(project, {"templates/ask.j2": "Please note that it is final. In order to pay, wait.\n"})
    code = (
        "import sys\nfrom promptc.cli import main\n"
        f"main(['check', *{arguments!r}], standalone_mode=False)\n"
        # spaCy loads torch where that is installed.
        "print('spacy' in sys.modules or 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=project, check=False
    )
    assert done.stdout.splitlines()[-1] == str(bool(arguments)), done.stderr


def test_a_hundred_templates_are_shared_among_processes(project: Path) -> None:
    write(project, {f"templates/{number}.j2": f"{JSON} {number}" for number in range(100)})
    assert "101 warnings in 101 templates" in run("--jobs", "2").stdout


def test_watch_outlives_a_broken_configuration(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from promptc.checking import watching

    write(project, {"promptc.toml": "nope = 1"})

    def twice(look: Callable[[], Mapping[str, Stamp]]) -> Iterator[None]:
        before = look()
        yield
        write(project, {"promptc.toml": ""})
        assert look() != before
        yield

    monkeypatch.setattr(watching, "changes", twice)
    result = CliRunner().invoke(main, ["check", "--watch"])
    assert "unknown key 'nope'" in result.stderr
    assert "PC502" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_watch_checks_again_and_ends_with_an_interrupt(project: Path) -> None:
    command = [sys.executable, "-u", "-m", "promptc", "check", "--watch"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        lines = iter(watching.stdout.readline, "")
        assert "PC502" in next(lines)
        assert "1 warning" in next(lines)
        write(project, {"templates/ask.j2": "Be kind."})
        assert next(lines) == "nothing found in 1 template\n"
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 130
