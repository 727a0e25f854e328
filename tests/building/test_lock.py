from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.building import lock
from promptc.building.lock import Entry, Lock, Tokens
from promptc.building.manifest import sha256
from promptc.errors import LockError
from promptc.protocols import Guarantee
from promptc.results import Compiled, Cost, Money, SampleCost, Step
from promptc.tokens import get_tokenizer

SCHEMA = json.loads((files("promptc") / "schemas" / "lock.schema.json").read_text("utf-8"))
ASK = Compiled(
    name="ask.j2",
    source="Ask  {{ q }}\n",
    text="Ask {{ q }}\n",
    data=b"Ask {{ q }}\r\n",
    origins=(),
    steps=(
        Step("collapse-spaces", 2, "SPACING", 3, 2, 1),
        Step("trim-line-ends", 1, "EXACT", 2, 2, 0),
    ),
    drops=(),
    cost=Cost(
        "samples",
        True,
        8.5,
        7.5,
        9,
        3,
        2,
        samples=(SampleCost("short", 8, 7), SampleCost("broken", 0, 0, "no value")),
        money=Money(Decimal(1), Decimal(1), Decimal(1), 5, "2025-01-01"),
    ),
)
ROOT = "../templates"
INCLUDES = {"parts/rule.j2": sha256(b"Rule.")}
ENTRY = lock.entry(
    ASK, tokenizer=get_tokenizer("gpt-4o"), options=sha256(b""), includes=INCLUDES, root=ROOT
)
LOCK = Lock("0.1.0", "gpt-4o", "o200k_base", 2, {"ask.j2": ENTRY})

names = st.text(min_size=1, max_size=8)
hashes = st.binary(max_size=4).map(sha256)
tokens = st.dictionaries(names, st.builds(Tokens, st.integers(0, 99), st.integers(0, 99)))
entries = st.builds(
    Entry,
    source=hashes,
    output=hashes,
    options=hashes,
    includes=st.dictionaries(names, hashes, max_size=2),
    passes=st.dictionaries(names, st.integers(1, 9), max_size=2),
    guarantees=st.lists(st.sampled_from(["DATA", "EXACT"]), unique=True).map(tuple),
    tokens=tokens,
    samples=tokens,
    root=st.sampled_from(["", ".", "../templates"]),
)
locks = st.builds(
    Lock, names, names, names, st.integers(0, 3), st.dictionaries(names, entries, max_size=3)
)


def test_an_entry_holds_what_was_read_and_made() -> None:
    expected = Entry(
        source=sha256(b"Ask  {{ q }}\n"),
        output=sha256(b"Ask {{ q }}\r\n"),
        options=sha256(b""),
        includes=INCLUDES,
        passes={"collapse-spaces": 2},
        guarantees=("SPACING",),
        tokens={"o200k_base": Tokens(3, 2)},
        samples={"short": Tokens(8, 7)},
        root="../templates",
    )
    assert expected == ENTRY


def test_the_lock_is_sorted_and_indented_by_two_and_ends_a_line() -> None:
    text = lock.dumps(LOCK).decode()
    value = json.loads(text)
    assert text == json.dumps(value, indent=2, sort_keys=True) + "\n"
    assert value["version"] == 1
    assert list(value["files"]["ask.j2"]["samples"]) == ["short"]


def test_the_order_of_work_does_not_show() -> None:
    two = {"b.j2": ENTRY, "a.j2": ENTRY}
    assert lock.dumps(replace(LOCK, files=two)) == lock.dumps(
        replace(LOCK, files=dict(reversed(two.items())))
    )


@settings(deadline=None)
@given(locks)
def test_a_lock_fits_its_schema_and_comes_back(each: Lock) -> None:
    text = lock.dumps(each).decode()
    jsonschema.validate(json.loads(text), SCHEMA)
    assert lock.loads(text, "promptc.lock") == each
    assert lock.compare(each, each) == ()


@pytest.mark.parametrize(
    "change", [{"price": 1}, {"level": 7}, {"version": 2}, {"files": {"a": {}}}]
)
def test_the_schema_refuses_what_a_lock_never_holds(change: dict[str, Any]) -> None:
    value = {**json.loads(lock.dumps(LOCK)), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SCHEMA)


def test_the_schema_knows_every_guarantee() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    known = SCHEMA["$defs"]["file"]["properties"]["guarantees"]["items"]["enum"]
    assert sorted(known) == sorted(each.name for each in Guarantee)


OTHER = sha256(b"other")
CHANGES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"root": "../prompts"}, ()),
    ({"source": OTHER}, ("ask.j2: the source changed",)),
    (
        {"source": OTHER, "output": OTHER},
        ("ask.j2: the source changed", "ask.j2: the output differs"),
    ),
    ({"output": OTHER}, ("ask.j2: the output differs from the same source",)),
    ({"options": OTHER}, ("ask.j2: the options differ",)),
    ({"includes": {}}, ("ask.j2: the included file 'parts/rule.j2' changed",)),
    (
        {"passes": {"collapse-spaces": 3}},
        ("ask.j2: passes collapse-spaces 3, and the lock says collapse-spaces 2",),
    ),
    ({"guarantees": ()}, ("ask.j2: guarantees none, and the lock says SPACING",)),
    (
        {"tokens": {"o200k_base": Tokens(3, 1)}},
        ("ask.j2: tokens 'o200k_base': 3 to 1, and the lock says 3 to 2",),
    ),
    ({"samples": {}}, ("ask.j2: tokens of sample 'short': none, and the lock says 8 to 7",)),
]


@pytest.mark.parametrize(("change", "findings"), CHANGES)
def test_each_difference_is_said_in_words(
    change: dict[str, Any], findings: tuple[str, ...]
) -> None:
    new = replace(LOCK, files={"ask.j2": replace(ENTRY, **change)})
    assert lock.compare(LOCK, new) == findings


def test_added_and_removed_files_and_other_settings_are_found() -> None:
    new = replace(LOCK, files={"tell.j2": ENTRY}, level=1, model="gpt-5")
    assert lock.compare(LOCK, new) == (
        "model is 'gpt-5', and the lock says 'gpt-4o'",
        "level is 1, and the lock says 2",
        "ask.j2: in the lock, but no longer here",
        "tell.j2: added since the lock was written",
    )


def test_any_difference_is_found() -> None:
    plain = json.loads(lock.dumps(LOCK))["files"]["ask.j2"]
    assert {name for change, _ in CHANGES for name in change} == set(plain)


GOOD = lock.dumps(LOCK).decode()
DAMAGE = {
    "": "damaged",
    "null": "damaged (no version)",
    "{}": "damaged (no version)",
    '{"version": 1}': "damaged (KeyError: 'files')",
    GOOD[:100]: "damaged",
    GOOD.replace('"level": 2', '"level": "2"'): "expected a whole number, found '2'",
    GOOD.replace('"files": {', '"files": {"ask.j2": {},'): "'ask.j2' comes twice",
    GOOD.replace('"version": 1', '"version": 3'): "version 3, and this promptc reads version 1",
    f"<<<<<<< HEAD\n{GOOD}=======\n{GOOD}>>>>>>> topic\n": "promptc.lock:1: the mark of a merge",
}


@pytest.mark.parametrize("text", DAMAGE)
def test_a_lock_that_is_not_sound_says_what_to_do(text: str) -> None:
    with pytest.raises(LockError) as caught:
        lock.loads(text, "promptc.lock")
    assert DAMAGE[text] in str(caught.value)
    assert "run `promptc build`" in str(caught.value)


def test_a_missing_lock_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"promptc\.lock: can't be read .* run `promptc build`"):
        lock.read(tmp_path)


def test_a_lock_is_read_from_the_build_folder(tmp_path: Path) -> None:
    (tmp_path / "promptc.lock").write_bytes(lock.dumps(LOCK))
    assert lock.read(tmp_path) == LOCK
    (tmp_path / "promptc.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(LockError, match="not UTF-8"):
        lock.read(tmp_path)
