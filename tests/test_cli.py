"""The commands as users run them, on real folders."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptc.cli import main

ASK = "Answer  the question.   \n\nCite {{ source }}.   \nBe  brief.\n"
COMPILED = "Answer the question.\n\nCite {{ source }}.\nBe brief.\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one template, and the working folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "templates" / "ask.j2", ASK)
    return tmp_path


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def run(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_build_writes_templates_lock_and_ledger(project: Path) -> None:
    output = run("build", "templates/").output
    assert (project / "build" / "ask.j2").read_text() == COMPILED
    lock = json.loads((project / "build" / "promptc.lock").read_text())
    assert lock["files"]["ask.j2"]["passes"].keys() == {"collapse-spaces", "trim-line-ends"}
    assert "ask.j2" in output
    assert "written to build" in output


def test_building_a_build_changes_nothing(project: Path) -> None:
    run("build", "templates/")
    run("build", "build/ask.j2", "-o", "again")
    assert (project / "again" / "ask.j2").read_text() == COMPILED


def test_a_second_build_takes_everything_from_the_cache(project: Path) -> None:
    run("build")
    again = json.loads(run("build", "--json").stdout)
    assert again["cached"] == 1
    assert json.loads(run("build", "--json", "--no-cache").stdout)["cached"] == 0


@pytest.mark.parametrize(
    "change",
    [
        ["--level", "0"],
        ["--no-pass", "trim-line-ends"],
        ["--pass", "collapse-spaces:longer_than=5"],
        ["--set", 'source="the manual"'],
        ["--model", "gpt-4"],
    ],
    ids=lambda change: change[0],
)
def test_whatever_decides_the_output_decides_the_cache(project: Path, change: list[str]) -> None:
    run("build")
    assert json.loads(run("build", "--json", *change).stdout)["cached"] == 0


def test_an_included_file_decides_the_cache(project: Path) -> None:
    write(project / "templates" / "main.j2", '{% include "part.j2" %} {% include "more.j2" %}')
    write(project / "templates" / "part.j2", "one")
    run("build")
    write(project / "templates" / "part.j2", "two")
    assert json.loads(run("build", "--json").stdout)["cached"] == 1
    write(project / "templates" / "more.j2", "was missing")
    assert json.loads(run("build", "--json").stdout)["cached"] == 2


def test_levels_and_pass_options(project: Path) -> None:
    run("build", "-O0")
    assert (project / "build" / "ask.j2").read_text() == ASK
    run("build", "-O1", "--no-pass", "trim-line-ends", "--no-pass", "collapse-spaces")
    assert (project / "build" / "ask.j2").read_text() == ASK
    run("build", "--pass", "collapse-spaces:longer_than=2", "--no-pass", "trim-line-ends")
    assert (project / "build" / "ask.j2").read_text() == ASK


def test_set_folds_a_name_and_decides_its_branches(project: Path) -> None:
    write(
        project / "templates" / "ask.j2",
        "{% if plan == 'pro' %}P {{ plan }}{% else %}F{% endif %}!",
    )
    run("build", "--set", "plan=pro")
    assert (project / "build" / "ask.j2").read_text() == "{# #}P pro!"


WRONG = [
    ("build templats", "templats: no such file or folder; did you mean 'templates'"),
    ("build --model gtp-4o", "--model: no tokenizer is known for the model 'gtp-4o'"),
    ("build --no-pass trim-ends", "--no-pass: unknown pass 'trim-ends'; did you mean 'trim-line-"),
    ("build --pass trim-ends", "--pass: unknown pass 'trim-ends'; did you mean 'trim-line-ends'"),
    (
        "build --pass trim-line-ends:keep=1",
        "--pass: pass 'trim-line-ends' has no option 'keep'; choose from 'keep_hard_breaks'",
    ),
    ("build --pass trim-line-ends:keep", "--pass 'keep': write NAME=VALUE"),
    ("build --pass collapse-blank-lines:keep=no", "--pass: pass 'collapse-blank-lines': 'keep' m"),
    ("build --pass minify-json:separators=x", "one of 'compact', 'spaced', not 'x'"),
    ("build --pass minify-json=4", "--pass 'minify-json=4': write NAME, or NAME:OPTION=VALUE"),
    ("build --pass :x=1", "--pass ':x=1': write NAME, or NAME:OPTION=VALUE"),
    ("build --pass minify-json --no-pass minify-json", "--no-pass minify-json: --pass asks for"),
    ("build --set plan", "--set 'plan': write NAME=VALUE"),
    ("build --set =x", "--set '=x': write NAME=VALUE"),
    ("build -o templates", "choose another -o"),
    ("build -o templates/ask.j2", "templates/ask.j2: not a folder; name another one with -o"),
    ("build --locked", "run `promptc build` without --locked"),
    ("explain trim-ends", "unknown pass 'trim-ends'"),
    ("explain ask.j2:1", "run `promptc build` first"),
    ("explain ask.j2", "run `promptc build` first"),
    ("explain ask.j2:0", "write FILE:LINE"),
    ("restore ask.j2", "write FILE:LINE"),
]
WRONG_USAGE = [
    ("build --level 4", "'-O' / '--level': 4 is not in the range 0<=x<=3"),
    ("build --jobs -1", "'--jobs': -1 is not in the range x>=0"),
    ("build --keep-gong", "--keep-going"),
    ("biuld", "Did you mean 'build'?"),
    ("build --config promtpc.toml", "'--config': promtpc.toml: no such file; did you mean 'prom"),
    ("build --prices no.toml", "'--prices': no.toml: no such file; "),
    ("build --tokenizer templates", "'--tokenizer': templates: this is a folder; name a file"),
    ("build --json --diff", "--json and --diff can't be mixed"),
    ("build --json --markdown", "--json and --markdown can't be mixed"),
    ("build --why --quiet", "--why and --quiet can't be mixed"),
    ("init nowhere", "'[FOLDER]': Directory 'nowhere' does not exist"),
    ("restore", "Missing argument 'FILE:LINE'"),
]


@pytest.mark.parametrize(("args", "message"), WRONG)
def test_what_is_wrong_is_said_in_one_line(project: Path, args: str, message: str) -> None:
    result = run(*args.split(), code=2)
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (project / "build").exists()


@pytest.mark.parametrize(("args", "message"), WRONG_USAGE)
def test_a_wrong_option_is_named(project: Path, args: str, message: str) -> None:
    write(project / "promptc.toml", "")
    stderr = run(*args.split(), code=2).stderr
    assert stderr.startswith("Usage: ")
    assert message in stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["build", "--model", ""], "--model: the name is empty"),
        (["build", ""], "'[PATHS]...': the path is empty"),
        (["build", "-o", ""], "'-o' / '--out': the path is empty"),
        (["build", "--config", ""], "'--config': the path is empty"),
        (["explain", ""], "unknown pass ''"),
    ],
)
def test_an_empty_value_is_no_value(project: Path, args: list[str], message: str) -> None:
    assert message in run(*args, code=2).stderr


def test_without_a_templates_folder_the_user_is_asked_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "name yours, as in 'promptc build prompts/'" in run("build", code=2).stderr


def test_options_of_one_pass_add_up(project: Path) -> None:
    write(project / "promptc.toml", "[passes]\ncollapse-spaces = {longer_than = 2}\n")
    write(project / "templates" / "ask.j2", "a  b\n\n\n\n\nc")
    run("build", "--pass", "collapse-spaces")
    assert "a  b" in (project / "build" / "ask.j2").read_text()
    run("build", "--pass", "collapse-spaces:longer_than=1", "--pass", "collapse-spaces")
    assert "a b" in (project / "build" / "ask.j2").read_text()


@pytest.mark.parametrize(
    ("passes", "message"),
    [
        ("trim-ends = false", "promptc.toml: [passes]: unknown pass 'trim-ends'; did you mean"),
        ("trim-line-ends = {keep = 1}", "promptc.toml: [passes]: pass 'trim-line-ends' has no op"),
    ],
)
def test_a_wrong_pass_in_the_configuration_names_the_file(
    project: Path, passes: str, message: str
) -> None:
    write(project / "promptc.toml", f"[passes]\n{passes}\n")
    assert message in run("build", code=2).stderr


def test_a_folder_without_templates_says_so(project: Path) -> None:
    (project / "empty").mkdir()
    assert "no templates were found" in run("build", "empty").output
    assert not (project / "build").exists()


def test_nothing_is_published_when_a_template_fails(project: Path) -> None:
    run("build")
    write(project / "templates" / "ask.j2", "new  text")
    write(project / "templates" / "bad.j2", "x\n  {% if y %}")
    result = run("build", code=2)
    assert "templates/bad.j2:2:3: {% if %} is never closed; add {% endif %}" in result.output
    assert (project / "build" / "ask.j2").read_text() == COMPILED
    run("build", "--keep-going", code=2)
    assert (project / "build" / "ask.j2").read_text() == "new text"
    assert not (project / "build" / "bad.j2").exists()


def test_a_template_that_was_named_is_named_in_its_error(project: Path) -> None:
    write(project / "templates" / "bad.j2", "{{ x")
    assert "  templates/bad.j2:1:1: " in run("build", "templates/bad.j2", code=2).output


def test_dry_run_and_locked_write_nothing(project: Path) -> None:
    run("build", "--dry-run")
    assert not (project / "build").exists()
    run("build")
    run("build", "--locked")
    write(project / "templates" / "ask.j2", "other  text")
    result = run("build", "--locked", code=1)
    assert "ask.j2: the source changed" in result.stderr
    assert result.stderr.endswith(
        "Run promptc build with the same options, and commit what it writes.\n"
    )
    assert (project / "build" / "ask.j2").read_text() == COMPILED


def test_a_deleted_template_takes_its_output_along(project: Path) -> None:
    write(project / "templates" / "old" / "gone.j2", "x  y")
    run("build")
    assert (project / "build" / "old" / "gone.j2").exists()
    (project / "templates" / "old" / "gone.j2").unlink()
    run("build")
    assert not (project / "build" / "old").exists()


def test_the_output_folder_may_lie_inside_the_input(project: Path) -> None:
    for _ in range(2):
        run("build", "templates", "-o", "templates/build")
    assert (project / "templates" / "build" / "ask.j2").read_text() == COMPILED
    assert not (project / "templates" / "build" / "build").exists()


def test_line_ends_and_byte_order_mark_survive(project: Path) -> None:
    source = b"\xef\xbb\xbfAnswer  it.  \r\n\r\nOld\rmac  is {{ x }}"
    write(project / "templates" / "ask.j2", source)
    run("build")
    compiled = (project / "build" / "ask.j2").read_bytes()
    assert compiled == b"\xef\xbb\xbfAnswer it.\r\n\r\nOld\rmac is {{ x }}"


def test_diff_shows_the_change(project: Path) -> None:
    output = run("build", "--diff", "--quiet").stdout
    assert "-Cite {{ source }}.   " in output
    assert "+Cite {{ source }}." in output


def test_json_and_markdown_are_all_that_is_printed(project: Path) -> None:
    report = json.loads(run("build", "--json").stdout)
    assert report["files"][0]["name"] == "ask.j2"
    assert report["totals"]["tokens"]["saved"] > 0
    assert run("build", "--markdown").stdout.startswith("#")


def test_samples_give_the_cost(project: Path) -> None:
    write(
        project / "templates" / "ask.j2.toml",
        'calls_per_month = 1000\n[[samples]]\nname = "one"\nvars = {source = "the  manual"}\n',
    )
    (file,) = json.loads(run("build", "--json").stdout)["files"]
    assert file["tokens"]["basis"] == "samples"
    assert [sample["name"] for sample in file["tokens"]["samples"]] == ["one"]


def test_explain_and_restore_read_the_ledger(project: Path) -> None:
    run("build")
    shown = run("explain", "templates/ask.j2:1").output
    assert "before  Answer··the question.   \n    after   Answer·the question.   \n" in shown
    assert "    held    proved on the tree, confirmed by 3 renderings\n" in shown
    assert run("explain", "ask.j2").output == "ask.j2: lines 1, 3-4 changed\n"
    assert run("restore", "ask.j2:3").stdout == "   "
    assert "collapse-spaces" in run("explain").output
    assert "longer_than" in run("explain", "collapse-spaces").output


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_output_encoding_will_do(project: Path, encoding: str) -> None:
    write(project / "templates" / "ask.j2", "Beantworte  die Frage: 日本語  \n")
    run("build")
    commands = [["build", "--diff"], ["build", "--markdown"], ["build", "--help"], ["explain"],
                ["explain", "ask.j2:1"], ["explain", "minify-json"]]  # fmt: skip
    for each in commands:
        done = subprocess.run(
            command(*each), cwd=project, capture_output=True, check=True,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert done.stdout.decode(encoding)


def test_help_gives_examples_in_ascii() -> None:
    for name in ("build", "explain", "restore", "init"):
        shown = run(name, "--help").output
        assert shown.isascii()
        assert name == "init" or f"\n  promptc {name} " in shown


def test_init_writes_a_config_that_loads(project: Path) -> None:
    run("init")
    assert (project / "promptc.toml").exists()
    run("build")
    assert "is there already" in run("init", code=2).stderr


def test_hostile_text_reaches_the_terminal_escaped(project: Path) -> None:
    write(project / "templates" / "ask.j2", "\x1b[31m {% if x")
    result = run("build", code=2)
    assert "\x1b" not in result.output


def test_many_processes_build_what_one_builds(project: Path) -> None:
    for number in range(70):
        write(project / "templates" / f"{number}.j2", f"Number  {number}.  Say {{{{ x }}}}.\n")
    run("build", "--jobs", "1", "--no-cache", "-o", "one")
    run("build", "--jobs", "2", "--no-cache", "-o", "two")
    one, two = ((project / name / "promptc.lock").read_bytes() for name in ("one", "two"))
    assert one == two


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "promptc", *args]


def test_two_builds_at_once_both_succeed(project: Path) -> None:
    for number in range(30):
        write(project / "templates" / f"{number}.j2", f"Number  {number}.  Say {{{{ x }}}}.\n")
    both = [subprocess.Popen(command("build", "-q"), cwd=project) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    assert (project / "build" / "29.j2").read_text() == "Number 29. Say {{ x }}.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_an_interrupt_leaves_the_last_good_build(project: Path) -> None:
    run("build")
    for number in range(600):
        write(project / "templates" / f"{number}.j2", f"Number  {number}.  {{{{ x }}}}\n" * 20)
    cached = len(list((project / ".promptc_cache").iterdir()))
    child = subprocess.Popen(command("build"), cwd=project, stderr=subprocess.PIPE, text=True)
    while len(list((project / ".promptc_cache").iterdir())) < cached + 5 and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said == "Interrupted. What was published before stands.\n"
    assert json.loads((project / "build" / "manifest.json").read_text())["files"].keys() == {
        "ask.j2"
    }


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("apart", [0.0, 0.02, 0.1])
def test_two_interrupts_of_all_processes_end_them(project: Path, apart: float) -> None:
    for number in range(300):
        write(project / "templates" / f"{number}.j2", f"Number  {number}.  {{{{ x }}}}\n" * 20)
    child = subprocess.Popen(
        command("build", "--jobs", "2", "--no-cache"),
        cwd=project,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(1.5)
    for _ in range(2):
        os.killpg(child.pid, signal.SIGINT)
        time.sleep(apart)
    try:
        # The second may come when Python is on its way out, which says so by the signal.
        assert child.wait(20) in (130, -signal.SIGINT)
        deadline = time.monotonic() + 10
        with pytest.raises(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(child.pid, 0)
                time.sleep(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="no POSIX pipes")
def test_a_closed_pipe_ends_quietly(project: Path) -> None:
    pipe = f"{' '.join(command('build', '--json'))} | head -c 1"
    done = subprocess.run(
        pipe, shell=True, cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stdout == "{"
    assert "Traceback" not in done.stderr


def test_nothing_is_colored_where_no_color_is_asked_for(project: Path) -> None:
    done = subprocess.run(
        command("build"), cwd=project, capture_output=True, text=True, check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_version_and_module_run() -> None:
    done = subprocess.run(command("--version"), capture_output=True, text=True, check=True)
    assert re.fullmatch(r"promptc, version \d+\.\d+\.\d+\n", done.stdout)
