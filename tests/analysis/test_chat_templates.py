"""Which templates write what a model was trained on."""

from __future__ import annotations

import pytest

from promptc.analysis.chat_templates import is_chat_template
from promptc.compiling import Plan, compile
from promptc.parse import parse
from promptc.passes.trim_filler import TrimFiller
from promptc.source import Source
from promptc.syntax import Syntax
from tests.test_passes import Bytes

LOOP = "{% for m in messages %}{{ m.content }}{% endfor %}"
CASES = [
    (LOOP + "{% if add_generation_prompt %}Assistant:{% endif %}", True),
    ("{{ bos_token }}" + LOOP, True),
    ("<|system|>You help." + LOOP, True),
    ("[INST]" + LOOP + "[/INST]", True),
    (LOOP, False),
    ("You have messages. <|system|>{{ history }}", False),
    ("{{ bos_token }}{{ prompt }}", False),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_chat_templates_are_told_apart(text: str, expected: bool) -> None:
    assert is_chat_template(parse(Source(text))) is expected


def test_a_text_without_code_is_none() -> None:
    text = "<|system|> {{ messages }}"
    assert not is_chat_template(parse(Source(text), Syntax(engine="plain")))


def test_the_words_of_a_chat_template_stay_and_the_notes_say_why() -> None:
    text = "{{ bos_token }}\nPlease answer the question." + LOOP
    compiled = compile(parse(Source(text)), Plan((TrimFiller(),), Bytes()))
    assert compiled.text == text
    assert any("chat template" in note for note in compiled.notes)
    other = compile(
        parse(Source(text.replace("bos_token", "name"))), Plan((TrimFiller(),), Bytes())
    )
    assert "Please" not in other.text
