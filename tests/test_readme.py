"""What the README and the docs show is what happens: every command, every block of Python."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from promptc.cli import main
from tests.history.repositories import commit, git, made

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ *(?:\$ )?(promptc .+)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str


class Shown(NamedTuple):
    """A command, and what the page says it prints."""

    command: str
    output: str


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
            yield Block(page.name, match[2], match[3])


def commands() -> Iterator[str]:
    for block in blocks():
        if block.language in {"", "text"}:
            yield from (match[1] for match in _COMMAND.finditer(block.text))


def shown() -> Iterator[Shown]:
    for block in blocks():
        for each in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, output = each.partition("\n")
            yield Shown(command, output)


COMMANDS = sorted(set(commands()))
SHOWN = [each for each in shown() if each.command.startswith("promptc ")]
INPUTS = {
    "notes.txt": "Anna signed on May 3. It rained. The file lies in box 7.\n",
    "mail.txt": "Refunds take 14 days.\n",
    "short.txt": "Anna signed on May 3. The file lies in box 7.\n",
    "chats.jsonl": '{"text": "Anna signed on May 3. It rained."}\n',
}
"""What the pages' commands read besides templates."""
PYTHON = [block.text for block in blocks() if block.language == "python"]


def copy_templates(folder: Path) -> None:
    for name in ("templates", "prompts"):
        shutil.copytree(ROOT / "templates", folder / name)


def commit_twice(folder: Path) -> None:
    """Commit everything, after a first commit that lacks the last section of a partial."""
    partial = folder / "templates" / "partials" / "support_policy.j2"
    whole = partial.read_text()
    partial.write_text(whole.partition("\n## Privacy")[0])
    commit(made(folder), "without privacy")
    git(folder, "tag", "v1.2")
    partial.write_text(whole)
    commit(folder, "privacy")


def run(command: str) -> str:
    result = CliRunner().invoke(main, shlex.split(command, comments=True)[1:])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the worked examples, built."""
    folder = tmp_path_factory.mktemp("built")
    copy_templates(folder)
    commit_twice(folder)
    handbook = folder / "handbook" / "returns.md"
    handbook.parent.mkdir()
    handbook.write_text("# Returns\n\nA laptop can be returned within 30 days.\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run("promptc build templates/ --quiet")
        run("promptc index handbook/")
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the working folder."""
    folder = tmp_path / "project"
    shutil.copytree(built, folder)
    for name, text in INPUTS.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def test_the_pages_show_commands_outputs_and_python() -> None:
    assert len(COMMANDS) > 12
    shown = [each.command.split()[1] for each in SHOWN]
    assert sorted(shown) == [
        *["build"] * 3,
        "diff",
        *["explain"] * 3,
        "restore",
        "verify",
        "verify",
    ]
    assert PYTHON


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(project: Path, command: str) -> None:
    run(command)


@pytest.mark.parametrize("each", SHOWN, ids=lambda each: each.command)
def test_what_is_shown_is_what_is_printed(project: Path, each: Shown) -> None:
    if each.command.startswith("promptc build"):
        shutil.rmtree(project / "build")
        shutil.rmtree(project / ".promptc_cache")
    assert settled(run(each.command)) == settled(each.output)


def settled(text: str) -> list[str]:
    """The lines of *text*, less what changes with the day that prices are of."""
    text = re.sub(r"\$[\d,.]+", "$", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)
    text = re.sub("─+", "─", text)
    return [re.sub(" +", " ", line).rstrip() for line in text.rstrip("\n").split("\n")]


@pytest.mark.parametrize("code", PYTHON)
def test_every_block_of_python_runs(project: Path, code: str) -> None:
    exec(compile(code, "page", "exec"), {})


def test_the_configurations_that_are_shown_are_accepted(project: Path) -> None:
    found = [block.text for block in blocks() if block.language == "toml"]
    sidecars = [text for text in found if text.startswith("# templates/ask.j2.toml\n")]
    assert len(found) > len(sidecars) > 0
    (project / "templates" / "ask.j2").write_text("Answer: {{ question }}\n")
    for text in found:
        side = project / "templates" / "ask.j2.toml"
        path = side if text in sidecars else project / "promptc.toml"
        path.write_text(text, encoding="utf-8")
        run("promptc build --dry-run")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
