"""Which files are templates, and what is said of those that can't be read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptc import files
from promptc.config import Config, load_config
from promptc.errors import ConfigError, TemplateError
from promptc.files import Discovered, Found, discover, is_sidecar, read_source
from promptc.source import MAX_BYTES
from promptc.syntax import Syntax

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")


def _write(folder: Path, *names: str, text: str = "Hi {{ name }}") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _discover(*paths: Path, config: Config | None = None, out: Path | None = None) -> Discovered:
    return discover(paths, config or Config(root=paths[0].parent), out=out)


def _names(result: Discovered) -> list[str]:
    assert not result.failures
    return [found.name for found in result.found]


def _failures(result: Discovered) -> dict[str, str]:
    return {failure.name: failure.message for failure in result.failures}


@contextmanager
def _unprivileged() -> Iterator[None]:
    """Read as a user whom permissions bind, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# What counts


def test_a_folder_is_walked_in_the_order_of_names(tmp_path: Path) -> None:
    _write(tmp_path, "b.j2", "a/z.jinja", "a/b/c.jinja2", "d.prompt", "a.prompty", "E.J2")
    _write(tmp_path, "notes.md", "notes.txt", "ask.py", "j2")
    expected = ["E.J2", "a.prompty", "a/b/c.jinja2", "a/z.jinja", "b.j2", "d.prompt"]
    assert _names(_discover(tmp_path)) == expected


def test_the_last_suffix_decides(tmp_path: Path) -> None:
    _write(tmp_path, "ask.md.j2", "ask.j2.txt", "ask.j2.bak")
    assert _names(_discover(tmp_path)) == ["ask.md.j2"]
    config = Config(include=("*.txt",), root=tmp_path)
    engines = {f.name: f.syntax.engine for f in _discover(tmp_path, config=config).found}
    assert engines == {"ask.j2.txt": "plain", "ask.md.j2": "jinja"}


def test_text_files_count_where_they_are_included_or_named(tmp_path: Path) -> None:
    _write(tmp_path, "a.md", "docs/b.md", "c.txt", "README.md")
    config = Config(include=("*.md", "!README.md"), root=tmp_path)
    assert _names(_discover(tmp_path, config=config)) == ["a.md", "docs/b.md"]
    named = _discover(tmp_path / "c.txt")
    assert [(f.name, f.syntax.engine) for f in named.found] == [("c.txt", "plain")]


def test_a_file_that_is_named_counts_though_it_is_left_out_of_walks(tmp_path: Path) -> None:
    _write(tmp_path, "drafts/a.j2", "drafts/b.yaml", ".hidden/c.j2")
    config = Config(exclude=("drafts/", "*.yaml"), root=tmp_path)
    paths = [tmp_path / name for name in ("drafts/a.j2", "drafts/b.yaml", ".hidden/c.j2")]
    assert len(_discover(*paths, config=config).found) == 3
    assert _names(_discover(tmp_path, config=config)) == []


def test_hidden_files_and_folders_and_the_output_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path, "a.j2", ".a.j2", ".git/b.j2", ".promptc_cache/c.j2", "build/a.j2")
    _write(tmp_path, "sub/build/d.j2")
    assert _names(_discover(tmp_path, out=tmp_path / "build")) == ["a.j2", "sub/build/d.j2"]


def test_an_empty_folder_has_no_templates(tmp_path: Path) -> None:
    found = _discover(tmp_path)
    assert (found.found, found.failures) == ((), ())


@pytest.mark.parametrize(
    "name, answer",
    [("ask.j2.toml", True), ("ask.md.toml", True), ("promptc.toml", False), ("a.j2", False)],
)
def test_a_sidecar_is_known_by_its_name(name: str, answer: bool) -> None:
    assert is_sidecar(name) is answer


def test_a_sidecar_is_no_template(tmp_path: Path) -> None:
    _write(tmp_path, "ask.j2")
    _write(tmp_path, "ask.j2.toml", text="budget = 7")
    config = Config(include=("*.toml",), root=tmp_path)
    result = _discover(tmp_path, tmp_path / "ask.j2", config=config)
    assert _names(result) == ["ask.j2"]
    assert result.found[0].sidecar.budget == 7
    named = _failures(_discover(tmp_path / "ask.j2.toml"))
    assert named == {"ask.j2.toml": "ask.j2.toml: this is a sidecar; name its template, 'ask.j2'"}


def test_a_wrong_sidecar_fails_its_template_alone(tmp_path: Path) -> None:
    _write(tmp_path, "ask.j2", "other.j2")
    _write(tmp_path, "ask.j2.toml", text="budgt = 7")
    result = _discover(tmp_path)
    assert [found.name for found in result.found] == ["other.j2"]
    assert "ask.j2.toml:1:1: unknown key 'budgt'" in _failures(result)["ask.j2"]


# How a file is read


def test_engines_are_set_by_glob_and_the_last_decides(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", "chat/b.txt", "c.j2")
    _write(
        tmp_path,
        "promptc.toml",
        text="include = ['*.txt']\n[engines]\n'*.txt' = 'format'\n'chat/*' = 'jinja'\n",
    )
    found = _discover(tmp_path, config=load_config(tmp_path)).found
    engines = {each.name: each.syntax.engine for each in found}
    assert engines == {"a.txt": "format", "c.j2": "jinja", "chat/b.txt": "jinja"}


def test_a_sidecar_sets_the_engine_of_its_template(tmp_path: Path) -> None:
    _write(tmp_path, "a.j2")
    _write(tmp_path, "a.j2.toml", text="engine = 'format'")
    config = Config(engines=(("*.j2", "plain"),), root=tmp_path)
    assert _discover(tmp_path, config=config).found[0].syntax.engine == "format"


def test_prompt_files_have_front_matter_and_the_settings_of_the_config(tmp_path: Path) -> None:
    _write(tmp_path, "a.prompty", "b.prompt", "c.j2")
    config = Config(jinja=Syntax(trim_blocks=True, stated=True), root=tmp_path)
    found = _discover(tmp_path, config=config).found
    assert [each.syntax.front_matter for each in found] == [True, True, False]
    assert all(each.syntax.trim_blocks and each.syntax.stated for each in found)


# Names and roots


def test_names_are_relative_to_the_folder_that_was_given(tmp_path: Path) -> None:
    _write(tmp_path, "a/x.j2", "a/sub/y.j2")
    found = _discover(tmp_path / "a", tmp_path / "a" / "sub", tmp_path / "a" / "x.j2").found
    assert [(each.name, each.root) for each in found] == [
        ("sub/y.j2", tmp_path / "a"),
        ("x.j2", tmp_path / "a"),
    ]


def test_names_of_files_are_relative_to_the_folder_they_share(tmp_path: Path) -> None:
    _write(tmp_path, "a/x.j2", "a/sub/x.j2")
    assert _names(_discover(tmp_path / "a/sub/x.j2", tmp_path / "a/x.j2")) == ["sub/x.j2", "x.j2"]


def test_two_files_of_one_name_can_not_be_written(tmp_path: Path) -> None:
    _write(tmp_path, "a/x.j2", "b/x.j2", "b/y.j2")
    result = _discover(tmp_path / "b", tmp_path / "a", out=tmp_path / "build")
    assert [str(found.path) for found in result.found] == [
        str(tmp_path / "a/x.j2"),
        str(tmp_path / "b/y.j2"),
    ]
    assert "its output would replace that of" in _failures(result)["x.j2"]
    assert len(_discover(tmp_path / "b", tmp_path / "a").found) == 3


@pytest.mark.parametrize("given", ["prompts", "prompts/../prompts", "link", "prompts/a.j2"])
def test_the_output_can_not_be_the_input(tmp_path: Path, given: str) -> None:
    _write(tmp_path, "prompts/a.j2")
    (tmp_path / "link").symlink_to("prompts")
    with pytest.raises(ConfigError, match="written over themselves; choose another -o"):
        _discover(tmp_path / given, out=tmp_path / "prompts")


def test_a_path_that_is_not_there_lists_its_neighbors(tmp_path: Path) -> None:
    _write(tmp_path, "templates/a.j2")
    with pytest.raises(ConfigError, match=r"templtes: no such file .* did you mean 'templates'\?"):
        _discover(tmp_path / "templtes")
    with pytest.raises(ConfigError, match=r"b\.j2: no such file or folder; did you mean 'a\.j2'"):
        _discover(tmp_path / "templates" / "b.j2")


def test_a_name_with_a_control_character_is_shown_escaped(tmp_path: Path) -> None:
    _write(tmp_path, "a\nb.j2", "\x1b[31mred.j2", "fine\u200d👩.j2")
    result = _discover(tmp_path)
    assert [found.name for found in result.found] == ["fine\u200d👩.j2"]
    assert _failures(result) == {
        shown: f"{shown}: a name with control characters, or that is not UTF-8; "
        "rename it, or leave it out with 'exclude'"
        for shown in ("\\x1b[31mred.j2", "a\\nb.j2")
    }


@needs_posix
def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.j2"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    failures = _failures(_discover(tmp_path))
    assert failures["caf\\xe9.j2"].startswith("caf\\xe9.j2: a name with control characters, or")


# Links


def test_links_to_files_and_folders_inside_are_followed(tmp_path: Path) -> None:
    _write(tmp_path, "shared/a.j2", "en/b.j2")
    (tmp_path / "en" / "shared").symlink_to("../shared")
    (tmp_path / "c.j2").symlink_to("shared/a.j2")
    expected = ["c.j2", "en/b.j2", "en/shared/a.j2", "shared/a.j2"]
    assert _names(_discover(tmp_path)) == expected


def test_a_folder_that_is_given_may_be_a_link(tmp_path: Path) -> None:
    _write(tmp_path, "real/sub/a.j2")
    (tmp_path / "link").symlink_to("real/sub")
    assert _names(_discover(tmp_path / "link")) == ["a.j2"]


def test_links_may_lead_to_the_folder_of_the_configuration(tmp_path: Path) -> None:
    _write(tmp_path, "shared/a.j2", "prompts/b.j2")
    (tmp_path / "prompts" / "a.j2").symlink_to("../shared/a.j2")
    assert "a.j2" in _failures(_discover(tmp_path / "prompts"))
    _write(tmp_path, "promptc.toml", text="")
    config = load_config(tmp_path)
    assert _names(_discover(tmp_path / "prompts", config=config)) == ["a.j2", "b.j2"]


@pytest.mark.parametrize("target", ["../secret", "../secrets", ".git/config", ".git"])
def test_links_out_of_the_folder_and_to_hidden_files_are_refused(
    tmp_path: Path, target: str
) -> None:
    _write(tmp_path, "secret", "secrets/a.j2", "in/.git/config", "in/.git/a.j2", "in/good.j2")
    (tmp_path / "in" / "bad.j2").symlink_to(target)
    result = _discover(tmp_path / "in")
    assert [found.name for found in result.found] == ["good.j2"]
    assert "which is hidden or outside of" in _failures(result)["bad.j2"]


@pytest.mark.parametrize(
    "target, message",
    [
        ("../secret.toml", "hidden or outside of"),
        ("gone", "a link to 'gone', which does not exist"),
        ("a.j2.toml", "leads back to itself"),
    ],
)
def test_a_sidecar_that_is_a_bad_link_fails_its_template(
    tmp_path: Path, target: str, message: str
) -> None:
    _write(tmp_path, "in/a.j2")
    _write(tmp_path, "secret.toml", text="KEY = 1")
    (tmp_path / "in" / "a.j2.toml").symlink_to(target)
    assert message in _failures(_discover(tmp_path / "in"))["a.j2"]


def test_a_link_that_dangles_is_said_and_hides_nothing_else(tmp_path: Path) -> None:
    _write(tmp_path, "good.j2")
    (tmp_path / "bad.j2").symlink_to("gone.j2")
    (tmp_path / "lost").symlink_to("gone")
    (tmp_path / "logo.png").symlink_to("gone.png")
    result = _discover(tmp_path)
    assert [found.name for found in result.found] == ["good.j2"]
    assert _failures(result) == {
        "bad.j2": "bad.j2: this is a link to 'gone.j2', which does not exist; correct or remove it",
        "lost": "lost: this is a link to 'gone', which does not exist; correct or remove it",
    }


def test_a_loop_of_folders_is_said_with_both_ends(tmp_path: Path) -> None:
    _write(tmp_path, "a/b/x.j2")
    (tmp_path / "a" / "b" / "again").symlink_to("..")
    result = _discover(tmp_path)
    assert [found.name for found in result.found] == ["a/b/x.j2"]
    message = _failures(result)["a/b/again"]
    assert message.startswith("a/b/again: this link leads back to the folder '")
    assert f"{tmp_path.name}/a'" in message


def test_a_link_to_itself_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.j2").symlink_to("a.j2")
    assert "leads back to itself" in _failures(_discover(tmp_path))["a.j2"]
    assert "leads back to itself" in _failures(_discover(tmp_path / "a.j2"))["a.j2"]


def test_links_that_fan_out_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINKED", 100)
    for level in range(12):
        (tmp_path / str(level)).mkdir()
        for name in ("a", "b"):
            (tmp_path / str(level) / name).symlink_to(f"../{level + 1}")
    (tmp_path / "12").mkdir()
    with pytest.raises(ConfigError, match="more than 100 folders are reached through links"):
        _discover(tmp_path)


def test_exclude_silences_a_bad_link(tmp_path: Path) -> None:
    _write(tmp_path, "a.j2")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "bad.j2").symlink_to("gone")
    config = Config(exclude=("loop/", "bad.j2"), root=tmp_path)
    assert _names(_discover(tmp_path, config=config)) == ["a.j2"]


# What can't be read


def _found(path: Path) -> Found:
    return Found(path, path.parent, path.name, Syntax())


def test_text_line_ends_and_mark_come_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.j2"
    path.write_bytes(b"\xef\xbb\xbfHi\r\n{{ x }}\r\n")
    source = read_source(_found(path))
    assert (source.raw, source.text) == ("Hi\r\n{{ x }}\r\n", "Hi\n{{ x }}\n")
    assert (source.bom, source.newline, source.name) == (True, "\r\n", "a.j2")


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.j2"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    message = "big.j2: 50 MB is more than the 10 MB that a file may have; take it apart"
    assert _failures(_discover(tmp_path))["big.j2"].startswith(message)
    with pytest.raises(TemplateError, match=message):
        read_source(_found(path))


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.j2"
    path.write_bytes(b"x" * MAX_BYTES)
    assert len(read_source(_found(path)).text) == MAX_BYTES


@needs_pipes
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.j2")
    message = "a.j2: this is a pipe, not a file; name a file"
    assert _failures(_discover(tmp_path)) == {"a.j2": message}
    with pytest.raises(TemplateError, match=message):
        read_source(_found(tmp_path / "a.j2"))


@needs_posix
def test_a_device_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="null: this is a device, not a file"):
        read_source(_found(Path("/dev/null")))
    with pytest.raises(TemplateError, match="this is a folder, not a file"):
        read_source(_found(tmp_path))


def test_a_file_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^a\.j2: no such file or folder; the folder .* empty"):
        read_source(_found(tmp_path / "a.j2"))


@needs_posix
def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "shut.j2", "closed/a.j2", "open.j2")
    base = Path(tempfile.gettempdir())
    for parent in (tmp_path, *tmp_path.parents):
        if base in parent.parents:
            parent.chmod(0o755)
    (tmp_path / "shut.j2").chmod(0)
    (tmp_path / "closed").chmod(0)
    message = "permission denied; make it readable for the user who runs promptc"
    try:
        with _unprivileged():
            result = _discover(tmp_path)
            with pytest.raises(TemplateError, match=f"shut.j2: {message}"):
                read_source(result.found[1])
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert [found.name for found in result.found] == ["open.j2", "shut.j2"]
    assert _failures(result) == {"closed": f"closed: {message}"}


@needs_pipes
def test_an_ignore_file_that_is_a_pipe_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "a.j2")
    os.mkfifo(tmp_path / ".gitignore")
    result = _discover(tmp_path)
    assert "this is a pipe" in result.failures[0].message
