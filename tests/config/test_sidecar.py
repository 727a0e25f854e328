"""What stands beside a template."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from promptc.config import sidecar as module
from promptc.config.sidecar import (
    KEYS,
    QUESTION_KEYS,
    SAMPLE_KEYS,
    Question,
    Sample,
    Sidecar,
    load_sidecar,
)
from promptc.errors import ConfigError

SCHEMAS = Path(module.__file__).parent.parent / "schemas"
SCHEMA = json.loads((SCHEMAS / "sidecar.schema.json").read_text(encoding="utf-8"))

FULL = """
budget = 900
query = "When may I return a gift?"
grant = ["prune-context"]
engine = "format"
model = "gpt-4.1"
calls_per_month = 20000
calls_per_request = 2
output_tokens = 120
cache_hits = 0.75

[[samples]]
name = "gift"
vars = {item = "lamp", tags = ["gift", 3], user = {vip = true}}

[[samples]]
[samples.vars]
item = "desk"

[[questions]]
ask = "How many days?"
answers = ["30", "thirty"]
"""

GOOD = ["", FULL, "samples = []", "[[samples]]", "questions = [{ask = 'x', answers = ['y']}]"]

BAD = [
    ("sample = []", ":1:1: unknown key 'sample'; did you mean 'samples'?"),
    ("[[samples]]\nvar = {}", ":2:1: unknown key 'samples[1].var'; did you mean 'vars'?"),
    ("[[samples]]\n[[samples]]\nname = 3", ":3:1: 'samples[2].name' must be a text in quotes"),
    ("samples = {}", ":1:1: 'samples' must be an array"),
    ("samples = [1]", ":1:12: 'samples[1]' must be a table, not 1"),
    ("[[samples]]\nvars = {'a b' = 1}", ":2:9: 'a b' can't be a variable's name"),
    ("[[questions]]\nask = 'x'", ":1:3: 'questions[1]' has no 'answers'; a question needs"),
    ("[[questions]]\nask = 'x'\nanswers = []", ":1:3: 'questions[1]' has no 'answers'"),
    ("[[questions]]\nanswers = ['x']", ":1:3: 'questions[1]' has no 'ask'"),
    ("[[questions]]\nask = 'x'\nanswers = 'y'", ":3:1: 'questions[1].answers' must be an array"),
    ("budget = -1", ":1:1: 'budget' must be a whole number of at least 1, not -1"),
    ("engine = 'mustache'", ":1:1: unknown engine 'mustache'; choose from 'format', 'jinja'"),
    ("grant = 'all'", ":1:1: 'grant' must be an array"),
    ("cache_hits = 75", ":1:1: 'cache_hits' must be a share, a number from 0 to 1, not 75"),
    ("cache_hits = true", ":1:1: 'cache_hits' must be a share"),
    ("cache_hits = -0.1", ":1:1: 'cache_hits' must be a share"),
]

BAD_FOR_THE_LOADER = [
    (
        "[[samples]]\nname = 'a'\n[[samples]]\nname = 'a'",
        ":3:3: sample 'a' is there already, at ask.j2.toml:1:3; rename one",
    ),
    (
        "[[samples]]\nname = 'sample 2'\n[[samples]]",
        ":3:3: sample 'sample 2' is there already",
    ),
    ("[[samples]]\nvars.at = 10:30:00", ":2:6: 'samples[1].vars.at' is a date"),
    ("budget = ", ":1:10: not valid TOML"),
]


def _load(folder: Path, text: str) -> Sidecar:
    (folder / "ask.j2.toml").write_text(text, encoding="utf-8")
    return load_sidecar(folder / "ask.j2")


def test_a_template_without_one_has_an_empty_one(tmp_path: Path) -> None:
    assert load_sidecar(tmp_path / "ask.j2") == Sidecar()


def test_every_key_is_read(tmp_path: Path) -> None:
    assert _load(tmp_path, FULL) == Sidecar(
        samples=(
            Sample("gift", {"item": "lamp", "tags": ["gift", 3], "user": {"vip": True}}),
            Sample("sample 2", {"item": "desk"}),
        ),
        questions=(Question("How many days?", ("30", "thirty")),),
        budget=900,
        query="When may I return a gift?",
        grant=("prune-context",),
        engine="format",
        model="gpt-4.1",
        calls_per_month=20000,
        calls_per_request=2,
        output_tokens=120,
        cache_hits=0.75,
        path=tmp_path / "ask.j2.toml",
    )


@pytest.mark.parametrize("text, message", BAD + BAD_FOR_THE_LOADER)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert str(caught.value).startswith(f"ask.j2.toml{message}")


def test_the_schema_names_the_keys_that_the_loader_accepts() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert properties.keys() == KEYS.keys()
    assert properties["samples"]["items"]["properties"].keys() == SAMPLE_KEYS.keys()
    assert properties["questions"]["items"]["properties"].keys() == QUESTION_KEYS.keys()


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_loader_accept(tmp_path: Path, text: str) -> None:
    _load(tmp_path, text)
    assert Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))


@pytest.mark.parametrize("text", [text for text, _ in BAD])
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))
