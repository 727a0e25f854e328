"""What a text is read to state: every kind of fact, and what is none."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from promptc.analysis.facts import facts
from promptc.results import FactKind as K

READ: dict[str, list[tuple[K, str]]] = {
    "Dear {name}, {{ a.b }}, ${c}, %s": [
        (K.HOLE, "{name}"), (K.HOLE, "{{ a.b }}"), (K.HOLE, "${c}"), (K.HOLE, "%s"),
    ],
    "in 3 days, 20 % or $1,000.50 off": [(K.NUMBER, "3"), (K.NUMBER, "20"), (K.NUMBER, "1000.50")],
    "in three days, twice, a two-step plan": [(K.NUMBER, "3"), (K.NUMBER, "2x"), (K.NUMBER, "2")],
    "one of them, this one": [],
    "one sentence": [(K.NUMBER, "1")],
    "1. go\n2) stop": [],
    "on 2024-01-31 at 10:30 pm": [(K.DATE, "2024-01-31"), (K.DATE, "10:30pm")],
    "on Jan 5, 2024, 5th of May, Monday": [
        (K.DATE, "2024 5 jan"), (K.DATE, "5 may"), (K.DATE, "monday"),
    ],
    "ask Ann Lee, NASA, iPhone users, McDonald and Dr. Berg": [
        (K.IDENTIFIER, "iPhone"), (K.NAME, "Ann"), (K.NAME, "Berg"), (K.NAME, "Dr"),
        (K.NAME, "Lee"), (K.NAME, "McDonald"), (K.NAME, "NASA"),
    ],
    "Go. Then: Stop\n- Wait (Maybe)": [],
    "IMPORTANT: be kind": [],
    "you never lie": [(K.NEGATION, "never")],
    "you mustn't lie": [(K.MODAL, "must"), (K.NEGATION, "not")],
    "you may go only if asked": [(K.MODAL, "may"), (K.MODAL, "only"), (K.MODAL, "if")],
    "whether or not": [],
    "at least three, no more than 5": [
        (K.LIMIT, "at least 3"), (K.NUMBER, "3"), (K.LIMIT, "at most 5"), (K.NUMBER, "5"),
    ],
    "up to you, up to 5": [(K.LIMIT, "at most 5"), (K.NUMBER, "5")],
    "say \"hi there\" or “so what” or 'it isn't so'": [
        (K.QUOTE, "hi there"), (K.QUOTE, "so what"), (K.QUOTE, "it isn't so"),
    ],
    "the user's and the users' keys": [],
    "(see https://a.example/b?c=1#d).": [(K.URL, "https://a.example/b?c=1#d")],
    "mail joe.doe@a.example.": [(K.EMAIL, "joe.doe@a.example")],
    "/etc/hosts, ./run, src/a.py, C:\\a\\b": [
        (K.PATH, "/etc/hosts"), (K.PATH, "./run"), (K.PATH, "src/a.py"), (K.PATH, "C:\\a\\b"),
    ],
    "and/or, yes/no, his/her": [],
    "max_tokens, userName, x-api-key, os.path, run(), --force, $HOME, MAX_A": [
        (K.IDENTIFIER, "max_tokens"), (K.IDENTIFIER, "userName"), (K.IDENTIFIER, "x-api-key"),
        (K.IDENTIFIER, "os.path"), (K.IDENTIFIER, "run()"), (K.IDENTIFIER, "--force"),
        (K.IDENTIFIER, "$HOME"), (K.IDENTIFIER, "MAX_A"),
    ],
    "step-by-step, user-friendly, e.g. this": [],
    "run `a b` and ``c ` d``": [(K.CODE, "a b"), (K.CODE, "c ` d")],
    "a\n```py\nx = 1  \n\n- y\n```\nb": [(K.CODE, "py\nx = 1\n\n- y")],
    "a\n~~~\nx\n~~~\nb": [(K.CODE, "x")],
    "{\"a\": \"b\"}": [(K.KEY, "a"), (K.QUOTE, "b")],
    "top_k: high\n- name: x": [(K.KEY, "top_k"), (K.KEY, "name")],
    "note: go": [],
    "<doc id=1>x</doc><!-- y -->": [
        (K.TAG, "<doc id=1>"), (K.TAG, "</doc>"), (K.TAG, "<!-- y -->"),
    ],
    "user:\nhi\n### Assistant:\n<|im_end|>[INST]": [
        (K.ROLE, "user"), (K.ROLE, "assistant"), (K.ROLE, "<|im_end|>"), (K.ROLE, "[INST]"),
    ],
    "❌ no\n✅ yes": [(K.MARK, "❌"), (K.NEGATION, "no"), (K.MARK, "✅")],
}  # fmt: skip


@pytest.mark.parametrize(("text", "stated"), READ.items())
def test_a_text_is_read(text: str, stated: list[tuple[K, str]]) -> None:
    found = facts(text)
    others = [(fact.kind, fact.key) for fact in found.others]
    assert others + [(K.NAME, name) for name in sorted(found.names)] == stated


def test_every_kind_is_read_somewhere() -> None:
    assert {kind for stated in READ.values() for kind, _ in stated} == set(K)


HEADS = {
    "Never share the data with anyone.": ("shar", "data", "anyon"),
    "Do not delete it, but list files.": ("delet",),
    "Do not delete and list files.": ("delet",),
    "Never, ever share it": ("shar",),
    "Never.\nShare it": (),
    "No:\n- share it": (),
    "never\nshare it": ("shar",),
    "reply in 3 days": ("day",),
    "reply in 3 green days": (),
    "never \ue000\ue000 it": ("\ue000",),
}


@pytest.mark.parametrize(("text", "heads"), HEADS.items())
def test_a_fact_knows_what_it_is_about(text: str, heads: tuple[str, ...]) -> None:
    assert facts(text).others[0].heads == heads


def _forms() -> list[tuple[str, str, str]]:
    path = resources.files("promptc").joinpath("data", "facts.toml")
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    kinds = ("negation", "modal", "limit")
    return [(kind, key, form) for kind in kinds for key in data[kind] for form in data[kind][key]]


@pytest.mark.parametrize(("kind", "key", "form"), _forms())
def test_every_form_of_a_word_is_read_as_that_word(kind: str, key: str, form: str) -> None:
    for shown in (form, form.upper(), form.capitalize()):
        count = "7" if kind == "limit" else "those"
        text = f"It is {shown.removesuffix(' #')} {count} that count."
        keys = [fact.key for fact in facts(text).others if fact.kind == kind]
        assert keys == [f"{key} 7" if kind == "limit" else key]


def test_a_paragraph_is_read_the_same_wherever_it_stands() -> None:
    text = "Ask Ann.\n\n```\n\n- Bob\n```\n- Never call Cy, 3 times."
    once, twice = facts(text), facts(f"{text}\n\n{text}")
    shift = len(text) + 2
    assert twice.facts == once.facts + tuple(
        fact._replace(span=type(fact.span)(fact.span[0] + shift, fact.span[1] + shift))
        for fact in once.facts
    )
