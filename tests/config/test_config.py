"""The configuration file: what it accepts, what it refuses and where it says so."""

from __future__ import annotations

import json
import os
import pickle
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promptc import config as module
from promptc.config import JINJA_KEYS, KEYS, Config, example, init, load_config
from promptc.errors import ConfigError
from promptc.syntax import Syntax

SCHEMAS = Path(module.__file__).parent.parent / "schemas"
SCHEMA = json.loads((SCHEMAS / "config.schema.json").read_text(encoding="utf-8"))

FULL = """
model = "claude-sonnet-4"
level = 1
out = "compiled"
include = ["*.md", "!README.md"]
exclude = ["drafts/"]
filters = ["money", "text.title"]
tests = ["polite"]
globals = ["now"]
budget = 4000
calls_per_month = 0
calls_per_request = 3
output_tokens = 250
cache_hits = 0
[engines]
"prompts/*.txt" = "format"
"*.md" = "jinja"
[jinja]
trim_blocks = true
extensions = ["do"]
line_statement_prefix = "%%"
[passes]
collapse-blank-lines = {keep = 1}
compact-tables = false
inline-includes = true
[set]
company = "Example Ltd"
limits = {low = 1, high = [2.5, true]}
"""

# Accepted by the loader and by the schema.
GOOD = ["", FULL, "level = 0", "level = 3", "[passes]", "[jinja]", "[set]\nx = []"]

# Refused by both: the text, and what the loader says after the file's name.
BAD = [
    ("modle = 'x'", ":1:1: unknown key 'modle'; did you mean 'model'?"),
    ("\n[jinja]\ntrim_block = true", ":3:1: unknown key 'jinja.trim_block'; did you mean"),
    ("jinja = {lstrip = true}", ":1:10: unknown key 'jinja.lstrip'; did you mean 'lstrip_blocks'"),
    ("model = 4", ":1:1: 'model' must be a text in quotes, not 4"),
    ("model = ''", ":1:1: 'model' must be a text that is not empty"),
    ("level = true", ":1:1: 'level' must be a whole number from 0 to 3, not True"),
    ("level = 4", ":1:1: 'level' must be a whole number from 0 to 3, not 4"),
    ("level = -1", ":1:1: 'level' must be a whole number from 0 to 3, not -1"),
    ("level = '2'", ":1:1: 'level' must be a whole number from 0 to 3, not '2'"),
    ("budget = 0", ":1:1: 'budget' must be a whole number of at least 1, not 0"),
    ("calls_per_month = -5", ":1:1: 'calls_per_month' must be a whole number of at least 0"),
    ("calls_per_request = 0", ":1:1: 'calls_per_request' must be a whole number of at least 1"),
    ("output_tokens = 1.5", ":1:1: 'output_tokens' must be a whole number of at least 0"),
    ("include = '*.md'", ":1:1: 'include' must be an array in [ ], not '*.md'"),
    ("include = ['a', 1]", ":1:17: 'include[2]' must be a text in quotes, not 1"),
    ("engines = ['a']", ":1:1: 'engines' must be a table"),
    ("[engines]\n'*.txt' = 'fstring'", ":2:1: unknown engines.*.txt 'fstring'; choose from"),
    ("[jinja]\ntrim_blocks = 1", ":2:1: 'jinja.trim_blocks' must be true or false, not 1"),
    ("[jinja]\nextensions = ['dos']", ":2:15: unknown jinja.extensions[1] 'dos'; did you mean"),
    ("filters = ['a b']", ":1:12: 'filters[1]' must be a name as Jinja reads it, not 'a b'"),
    ("[passes]\nCollapse_Spaces = 1", ":2:1: 'Collapse_Spaces' is not a pass; names of passes"),
    ("[passes]\ncollapse-spaces = 1", ":2:1: 'passes.collapse-spaces' must be a table of options"),
    ("[set]\n'two words' = 1", ":2:1: 'two words' can't be a variable's name"),
]

# What only the loader can see.
BAD_FOR_THE_LOADER = [
    ("level = 2.0", ":1:1: 'level' must be a whole number from 0 to 3, not 2.0"),
    ("[set]\nday = 2024-01-01", ":2:1: 'set.day' is a date, which a lock can't record"),
    ("[set]\nx = [1, nan]", ":2:9: 'set.x[2]' must be a finite number, not nan"),
    ("exclude = ['!']", ":1:12: '!' is not a pattern; write it as in .gitignore"),
    ("prices = 'price.toml'", ":1:1: 'prices': no such file"),
    ("model = ", ":1:9: not valid TOML: Invalid value"),
    ("a = 1\na = 2", ":2:6: not valid TOML: Cannot overwrite a value"),
    ("[jinja", ":1:7: not valid TOML"),
    ("x = " + "[" * 5000, ": arrays or tables are nested too deep; flatten them"),
    ("x = " + "9" * 5000, ": not valid TOML: Exceeds the limit"),
]


def _write(folder: Path, text: str | bytes, name: str = "promptc.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _refusal(folder: Path, text: str | bytes) -> str:
    _write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = load_config(tmp_path / "not" / "there.j2")
    assert found == Config(root=tmp_path)
    assert (found.model, found.level, found.budget) == ("gpt-4o", 2, None)
    assert found.output == tmp_path / "build"


def test_every_key_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path, FULL)
    found = load_config(tmp_path)
    assert found == Config(
        model="claude-sonnet-4",
        level=1,
        out="compiled",
        include=("*.md", "!README.md"),
        exclude=("drafts/",),
        engines=(("prompts/*.txt", "format"), ("*.md", "jinja")),
        jinja=Syntax(trim_blocks=True, extensions=("do",), line_statement_prefix="%%", stated=True),
        filters=("money", "text.title"),
        tests=("polite",),
        globals=("now",),
        passes={
            "collapse-blank-lines": {"keep": 1},
            "compact-tables": False,
            "inline-includes": True,
        },
        set={"company": "Example Ltd", "limits": {"low": 1, "high": [2.5, True]}},
        budget=4000,
        calls_per_month=0,
        calls_per_request=3,
        output_tokens=250,
        cache_hits=0.0,
        path=path,
        root=tmp_path,
    )


@pytest.mark.parametrize("key", ["trim_blocks", "lstrip_blocks"])
def test_white_space_settings_are_stated_when_named_even_with_their_default(
    tmp_path: Path, key: str
) -> None:
    _write(tmp_path, f"[jinja]\n{key} = false")
    assert load_config(tmp_path).jinja.stated


def test_other_jinja_settings_state_nothing(tmp_path: Path) -> None:
    _write(tmp_path, "[jinja]\nkeep_trailing_newline = true")
    assert load_config(tmp_path).jinja == Syntax(keep_trailing_newline=True)


def test_the_file_nearest_upward_wins_whole(tmp_path: Path) -> None:
    _write(tmp_path, "level = 1\nbudget = 9")
    inner = tmp_path / "prompts" / "chat"
    inner.mkdir(parents=True)
    _write(tmp_path / "prompts", "[tool.promptc]\nlevel = 3", "pyproject.toml")
    template = _write(inner, "Hi", "ask.j2")
    found = load_config(template)
    assert (found.level, found.budget) == (3, None)
    assert found.path == tmp_path / "prompts" / "pyproject.toml"
    assert found.root == tmp_path / "prompts"


def test_promptc_toml_goes_before_pyproject_toml(tmp_path: Path) -> None:
    _write(tmp_path, "[tool.promptc]\nlevel = 3", "pyproject.toml")
    _write(tmp_path, "level = 1")
    assert load_config(tmp_path).level == 1


@pytest.mark.parametrize("text", ["[project]\nname = 'promptc'", "not toml", "[tool.ruff]"])
def test_a_pyproject_that_does_not_speak_of_promptc_is_passed_by(tmp_path: Path, text: str) -> None:
    _write(tmp_path, "level = 1")
    inner = tmp_path / "inner"
    inner.mkdir()
    _write(inner, text, "pyproject.toml")
    assert load_config(inner).level == 1


def test_a_named_file_is_read_whatever_stands_nearer(tmp_path: Path) -> None:
    _write(tmp_path, "level = 1")
    other = tmp_path / "other"
    other.mkdir()
    named = _write(other, "level = 3", "release.toml")
    found = load_config(tmp_path, named)
    assert (found.level, found.root) == (3, other)


def test_a_named_pyproject_needs_the_section(tmp_path: Path) -> None:
    path = _write(tmp_path, "[project]\nname = 'x'", "pyproject.toml")
    with pytest.raises(ConfigError, match=r"pyproject\.toml: has no \[tool\.promptc\]; add it"):
        load_config(tmp_path, path)


def test_a_named_file_that_is_missing_lists_its_neighbors(tmp_path: Path) -> None:
    _write(tmp_path, "")
    with pytest.raises(ConfigError, match=r"no such file or folder; did you mean 'promptc.toml'"):
        load_config(tmp_path, tmp_path / "prompct.toml")


@pytest.mark.parametrize("text, message", BAD + BAD_FOR_THE_LOADER)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _refusal(tmp_path, text).startswith(f"promptc.toml{message}")


def test_a_mistake_in_pyproject_is_placed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, "[project]\nname = 'x'\n\n[tool.promptc]\nlevl = 1\n", "pyproject.toml")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    expected = "pyproject.toml:5:1: unknown key 'tool.promptc.levl'; did you mean 'level'?"
    assert str(caught.value) == expected


def test_line_ends_and_a_byte_order_mark_do_not_shift_positions(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbfmodel = 'gpt-4o'\r\n\r\nlevel = 9\r\n"
    assert "promptc.toml:3:1: 'level'" in _refusal(tmp_path, text)


def test_bytes_that_are_not_utf8_are_placed(tmp_path: Path) -> None:
    message = _refusal(tmp_path, "# é\nmodel = 'caf".encode() + b"\xe9'\n")
    assert "promptc.toml:2:13: byte 0xe9 is not UTF-8; save the file as UTF-8" in message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "promptc.toml")
    with pytest.raises(ConfigError, match=r"promptc\.toml: this is a pipe, not a file"):
        load_config(tmp_path)


def test_a_dangling_link_is_not_passed_by(tmp_path: Path) -> None:
    (tmp_path / "promptc.toml").symlink_to("gone.toml")
    with pytest.raises(ConfigError, match=r"a link to 'gone\.toml', which does not exist"):
        load_config(tmp_path)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    _write(tmp_path / "data", "", "prices.toml")
    _write(tmp_path, "prices = 'data/prices.toml'\nout = '../out'")
    found = load_config(tmp_path / "data")
    assert found.prices == tmp_path / "data" / "prices.toml"
    assert found.output == tmp_path / ".." / "out"


def test_a_config_travels_to_worker_processes(tmp_path: Path) -> None:
    _write(tmp_path, FULL)
    found = load_config(tmp_path)
    assert pickle.loads(pickle.dumps(found)) == found


# The schema


def test_the_schema_names_the_keys_that_the_loader_accepts() -> None:
    assert SCHEMA["properties"].keys() == KEYS.keys()
    assert SCHEMA["properties"]["jinja"]["properties"].keys() == JINJA_KEYS.keys()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_loader_accept(tmp_path: Path, text: str) -> None:
    _write(tmp_path, text)
    load_config(tmp_path)
    assert Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))


@pytest.mark.parametrize("text", [text for text, _ in BAD])
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))


# The example


def _uncommented(text: str) -> str:
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_the_example_says_nothing_until_uncommented() -> None:
    assert tomllib.loads(example()) == {}


def test_every_key_stands_in_the_example_with_its_default(tmp_path: Path) -> None:
    text = _uncommented(example())
    written: dict[str, Any] = tomllib.loads(text)
    assert written.keys() == KEYS.keys()
    assert written["jinja"].keys() == JINJA_KEYS.keys()
    for name in ("prices", "tokenizer"):
        _write(tmp_path, "", written[name])
    _write(tmp_path, text)
    found, default = load_config(tmp_path), Config()
    same = ["model", "level", "out", "include", "exclude", "filters", "tests", "globals"]
    for key in [*same, "calls_per_request"]:
        assert getattr(found, key) == getattr(default, key)
    assert found.jinja.extensions == Syntax().extensions


def test_the_example_fits_into_pyproject(tmp_path: Path) -> None:
    text = _uncommented(example("tool.promptc"))
    for name in ("prices.toml", "tokenizer.json"):
        _write(tmp_path, "", name)
    _write(tmp_path, f"[project]\nname = 'x'\n\n{text}", "pyproject.toml")
    found = load_config(tmp_path)
    assert found.passes == {"collapse-blank-lines": {"keep": 1}, "compact-tables": False}


def test_init_writes_the_example_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = init(tmp_path)
    assert path == tmp_path / "promptc.toml"
    assert path.read_text(encoding="utf-8") == example()
    assert list(tmp_path.iterdir()) == [path]


def test_init_does_not_overwrite(tmp_path: Path) -> None:
    path = _write(tmp_path, "level = 1")
    with pytest.raises(ConfigError, match=r"promptc\.toml: is there already"):
        init(tmp_path)
    assert path.read_text(encoding="utf-8") == "level = 1"
    assert list(tmp_path.iterdir()) == [path]


def test_init_does_not_hide_a_section_of_pyproject(tmp_path: Path) -> None:
    _write(tmp_path, "[tool.promptc]\nlevel = 1", "pyproject.toml")
    with pytest.raises(ConfigError, match=r"has \[tool\.promptc\] already"):
        init(tmp_path)


def test_init_says_when_the_folder_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be written"):
        init(tmp_path / "gone")
