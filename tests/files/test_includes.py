"""The other files that a template names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, TemplateNotFound

from promptc.errors import TemplateError
from promptc.files.includes import Closure, closure, joined, loader
from promptc.ir import Template
from promptc.parse import parse
from promptc.source import Source
from promptc.syntax import Syntax


def _folder(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _closure(folder: Path, name: str, syntax: Syntax | None = None) -> Closure:
    return closure(_parse(folder, name, syntax), loader(folder))


def _parse(folder: Path, name: str, syntax: Syntax | None = None) -> Template:
    return parse(Source((folder / name).read_text(encoding="utf-8"), name), syntax)


# One name


def test_a_name_is_read_below_the_root(tmp_path: Path) -> None:
    _folder(tmp_path, {"a/b.j2": "Hi"})
    assert loader(tmp_path)("a/b.j2") == Source("Hi", "a/b.j2")


def test_a_name_with_a_dot_is_relative_to_who_includes(tmp_path: Path) -> None:
    _folder(tmp_path, {"chat/b.j2": "near", "b.j2": "far"})
    load = loader(tmp_path, "chat/a.j2")
    read = {name: load(name) for name in ("./b.j2", "b.j2", "../b.j2")}
    assert {name: source.raw for name, source in read.items() if source} == {
        "./b.j2": "near",
        "b.j2": "far",
        "../b.j2": "far",
    }


@pytest.mark.parametrize("name", ["gone.j2", "a.j2/b", "folder", "", "x" * 5000, "nul\0", "self"])
def test_what_is_no_file_is_none(tmp_path: Path, name: str) -> None:
    _folder(tmp_path, {"a.j2": "Hi", "folder/b.j2": "Hi"})
    (tmp_path / "self").symlink_to("self")
    assert loader(tmp_path)(name) is None


@pytest.mark.parametrize("name", ["../secret", "a/../../secret", "./../secret", ".."])
def test_names_that_leave_the_root_are_refused(tmp_path: Path, name: str) -> None:
    root = _folder(tmp_path, {"secret": "key", "in/a.j2": "Hi"}) / "in"
    with pytest.raises(TemplateError, match="lies outside of the template folder"):
        loader(root)(name)


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", ".git/config"])
def test_links_that_leave_the_root_or_hide_are_refused(tmp_path: Path, target: str) -> None:
    root = _folder(tmp_path, {"secret": "key", "in/.git/config": "token"}) / "in"
    (root / "a.j2").symlink_to(target)
    with pytest.raises(TemplateError, match=r"^a\.j2: this leads to .* hidden or outside"):
        loader(root)("a.j2")


def test_a_slash_in_front_means_the_root_as_it_does_to_jinja(tmp_path: Path) -> None:
    _folder(tmp_path, {"etc/passwd": "ours"})
    found = loader(tmp_path)("/etc/passwd")
    assert found == Source("ours", "etc/passwd")


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_bytes(b"caf\xe9")
    with pytest.raises(TemplateError, match=r"^a\.j2:1:4: byte 0xe9 is not UTF-8"):
        loader(tmp_path)("a.j2")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.j2")
    with pytest.raises(TemplateError, match=r"a\.j2: this is a pipe"):
        loader(tmp_path)("a.j2")


NAMES = st.lists(st.sampled_from(["a", "b", "b.j2", "a.j2", ".", "..", ""]), max_size=5)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = ["a/b/a.j2", "a/b.j2", "b/a.j2", "a.j2", "b.j2"]
    return _folder(tmp_path_factory.mktemp("tree"), {name: name for name in files})


@given(name=NAMES.map("/".join).filter(lambda name: not name.startswith(("./", "../"))))
def test_what_jinja_finds_is_found(tree: Path, name: str) -> None:
    try:
        text = FileSystemLoader(tree).get_source(Environment(), name)[0]
    except (TemplateNotFound, IsADirectoryError, PermissionError):
        return
    found = loader(tree)(name)
    assert found is not None
    assert found.raw == text


@given(name=NAMES.map("/".join), beside=NAMES.map("/".join))
def test_a_joined_name_stays_inside_or_is_refused(name: str, beside: str) -> None:
    try:
        found = joined(name, beside.strip("/."))
    except TemplateError:
        return
    assert not found.startswith(("/", "../"))
    assert ".." not in found.split("/")


# All names


def test_a_template_that_names_nothing_needs_nothing(tmp_path: Path) -> None:
    _folder(tmp_path, {"a.j2": "Hi {{ name }} {% if x %}{% include_all %}{% endif %}"})
    assert _closure(tmp_path, "a.j2") == Closure((), (), ())


def test_every_way_to_name_a_file_counts_and_files_in_turn(tmp_path: Path) -> None:
    _folder(
        tmp_path,
        {
            "a.j2": "{% extends 'base.j2' %}{% block x %}{%- include ['b.j2', \"no.j2\"] "
            "ignore missing -%}{% endblock %}",
            "b.j2": "{% import 'c.j2' as c %}{% from 'chat/d.j2' import m with context %}",
            "base.j2": "{% block x %}{% endblock %}",
            "c.j2": "{% macro f() %}{% endmacro %}",
            "chat/d.j2": "{% macro m() %}{% include './e.j2' %}{% endmacro %}",
            "chat/e.j2": "bye",
        },
    )
    names = ("b.j2", "base.j2", "c.j2", "chat/d.j2", "chat/e.j2")
    assert _closure(tmp_path, "a.j2") == Closure(names, ("no.j2",), ())


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    _folder(tmp_path, {"a.j2": "{% include 'b.j2' %}", "b.j2": "{% include 'a.j2' %}"})
    assert _closure(tmp_path, "a.j2").names == ("b.j2",)


def test_a_name_that_is_computed_is_noted_with_its_place(tmp_path: Path) -> None:
    _folder(tmp_path, {"a.j2": "Hi\n  {%- include name ~ '.j2' %}{% include ['b.j2', x] %}"})
    assert _closure(tmp_path, "a.j2") == Closure(
        (),
        ("b.j2",),
        (
            "a.j2:2:3: names a file only when it is rendered",
            "a.j2:2:30: names a file only when it is rendered",
        ),
    )


def test_a_file_that_can_not_be_read_is_noted(tmp_path: Path) -> None:
    files = {"a.j2": "{% include 'b.j2' %}{% include '../x' %}", "b.j2": "{% if %}"}
    found = _closure(_folder(tmp_path, files), "a.j2")
    assert found.names == ("b.j2",)
    assert {note.partition(": ")[0] for note in found.notes} == {"a.j2", "b.j2:1:1"}


def test_tags_in_raw_and_comments_name_nothing(tmp_path: Path) -> None:
    text = "{% raw %}{% include 'b.j2' %}{% endraw %}{# {% include 'c.j2' %} #}"
    assert _closure(_folder(tmp_path, {"a.j2": text}), "a.j2") == Closure((), (), ())


def test_unknown_tags_and_line_statements_hide_no_name(tmp_path: Path) -> None:
    text = "{% cache 5 %}{% include 'b.j2' %}{% endcache %}\n%% include 'c.j2'\n"
    folder = _folder(tmp_path, {"a.j2": text, "b.j2": "", "c.j2": ""})
    syntax = Syntax(line_statement_prefix="%%")
    assert _closure(folder, "a.j2", syntax).names == ("b.j2", "c.j2")


def test_a_text_without_tags_names_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"a.txt": "{% include 'b.j2' %}"})
    assert _closure(folder, "a.txt", Syntax(engine="plain")) == Closure((), (), ())
