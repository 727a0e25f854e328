from __future__ import annotations

import pytest

from benchmarks.auditing.judge import Terms, audit
from benchmarks.auditing.rendering import Pair, compare

LONG = "The report names every supplier that was late in the last month and says by how many days"
FILLED = f"{LONG}\nit was late, so that the buyer can ask."

HARMFUL = [
    # facts
    ("lost number", "Please give 3 to 5 lines.", "Give 3 lines."),
    ("lost number", "Please use two lines.", "Use lines."),
    ("lost name", "Please ask Paris or Berlin.", "Ask Berlin."),
    ("new name", "Please ask the office.", "Ask the office in Rome."),
    ("lost force", "Please do not guess.", "Do guess."),
    ("lost force", "Make sure that you must cite.", "Ensure you cite."),
    ("lost force", "Please use only the text.", "Use the text."),
    ("lost force", "Please write at most one line.", "Write one line."),
    ("lost force", "Please never answer unless asked.", "Never answer when asked."),
    ("new force", "Please answer.", "You must answer."),
    ("lost quote", 'Please say "no idea" then.', "Say no idea then."),
    ("lost url", "Please see https://a.example/x now.", "See https://a.example now."),
    ("lost e-mail", "Please write to a@b.example now.", "Write now."),
    ("lost identifier", "Please call get_name first.", "Call name first."),
    ("lost tag", "Please fill <answer>x</answer>.", "Fill x."),
    ("lost heading", "# Rules\n\nPlease go.", "Rules\n\nGo."),
    ("lost list item", "- Please go.\n- Stay.", "Go.\n- Stay."),
    ("lost key", "name: the title\nPlease go.", "the title\nGo."),
    ("lost role marker", "user: please go.", "go."),
    ("inline code", "Please run `say ‘a’`.", "Run `say 'a'`."),
    ("inline code", "Please run `ls -l`.", "Run `ls`."),
    ("code fence", "Please run:\n```sh\nls -l\n```", "Run:\n```sh\nls\n```"),
    ("json", 'Please fill:\n{"a": 1}', 'Fill:\n{"a": 2}'),
    ("table", "Please:\n| a |\n|---|\n| b |", "Please:\n| a |\n|---|\n| c |"),
    ("stress", "Please do **not** guess.", "Do not guess."),
    ("holes", "Please greet {{ a }} and {{ b }}.", "Greet {{ b }} and {{ a }}."),
    ("control flow", "Please {% if a %}go{% endif %}.", "Please go."),
    # words
    ("lost word", "Please answer the French question.", "Answer the question."),
    ("new word", "Please answer the question.", "Answer the French question."),
    ("lost word", "Be kind. Cite the source of it.", "Be kind."),
    ("lost sentence", "Be kind. Please keep this in mind.", "Be kind."),
    ("lost sign", "Please say: (a) or (b)", "Say a or b"),
    ("words", "Ask Sun Ltd. Please.", "Ask sun Ltd. Please."),
    ("lost word", "Check the price of bread twice. Check the price of milk twice.",
     "Check the price of milk twice."),
    # shape
    ("line", "A short line\nand the next.", "A short line and the next."),
    ("line", f"{LONG}\n- and the next.", f"{LONG} - and the next."),
    ("line", f"# {LONG}\nand the next.", f"# {LONG} and the next."),
    ("line", f"{LONG}:\nand the next.", f"{LONG}: and the next."),
    ("line", f"{LONG}  {{{{ x }}}}\nand the next.", f"{LONG}  {{{{ x }}}} and the next."),
    ("spacing", "Go.\n\nPlease stay.", "Go.\nStay."),
    ("spacing", "Please go now. Stay.", "Go now.Stay."),
    ("indentation", "- go\n  - please stay", "- go\n- stay"),
    ("space beside a hole", "Please greet {{ a }}.", "Greet{{ a }}."),
    ("code", "So:\n\n    x  =  1\n\nPlease go.", "So:\n\n    x = 1\n\nGo."),
]  # fmt: skip

HARMLESS = [
    ("Please answer the question.", "Answer the question."),
    ("In order to help, make sure that you cite.", "To help, ensure you cite."),
    ("If it is late, please ask, please.", "If it is late, ask."),
    ("It should be noted that Rome is old.", "Rome is old."),
    ("Your task is to design a house.", "Design a house."),
    ("You are able to call it.", "You can call it."),
    ("Provide an analysis of the text.", "Analyze the text."),
    ("Do not guess.", "Don't guess."),
    ("- **Name**: the person", "- Name: the person"),
    ("Text.\n\n---\n\n## Next ##\n", "Text.\n\n## Next\n"),
    ("It’s “odd”… and\u00a0late.", 'It\'s "odd"... and late.'),
    (FILLED, FILLED.replace("\n", " ")),
    ("Cite the source of each claim. Be kind. Cite the source of each claim.",
     "Cite the source of each claim. Be kind."),
    ("Cite the source of each claim. Name the date of each claim. Go.\n\nCite the source of each"
     " claim. Name the date of each claim. Stay.",
     "Cite the source of each claim. Name the date of each claim. Go.\n\nStay."),
    ("Be kind and cite it. Go on. Be kind and cite it. Stay.", "Be kind and cite it. Go on. Stay."),
    ("- Cite the source of each claim.\n- Go.\n- Please cite the source of each claim.\n",
     "- Cite the source of each claim.\n- Go.\n"),
    ("| a   | b |\n|-----|---|\n| x   | y |\n\nPlease go.", "|a|b|\n|-|-|\n|x|y|\n\nGo."),
    ('Please fill:\n{\n  "a": {{ x }}\n}', 'Fill:\n{"a":{{ x }}}'),
    ("Do not prefix it with ```json. Please go.\n\nYour task is to stay.",
     "Do not prefix it with ```json. Go.\n\nStay."),
]  # fmt: skip

REWORDED = Terms(reworded=True)


def kinds(before: str, after: str) -> set[str]:
    return {harm.kind for harm in audit(before, after, REWORDED)}


@pytest.mark.parametrize(("kind", "before", "after"), HARMFUL)
def test_each_loss_is_named(kind: str, before: str, after: str) -> None:
    assert kind in kinds(before, after)


@pytest.mark.parametrize(("before", "after"), HARMLESS)
def test_fewer_words_for_the_same_are_no_harm(before: str, after: str) -> None:
    assert audit(before, after, REWORDED) == []


@pytest.mark.parametrize("text", [case[1] for case in HARMFUL])
def test_what_did_not_change_is_unharmed(text: str) -> None:
    assert audit(text, text, REWORDED) == []


def test_renderings_may_say_the_same_in_fewer_words() -> None:
    pairs = [Pair("x", {"x": before}, {"x": after}) for before, after in HARMLESS]
    assert [found.harms for found in compare(pairs, reworded=True)] == [[] for _ in HARMLESS]


def test_a_rendering_that_loses_a_fact_is_caught() -> None:
    before = "{% set n = 'at most 3' %}Please give {{ n }} lines."
    pair = Pair("x", {"x": before}, {"x": before.replace("at most 3", "3")})
    (found,) = compare([pair], reworded=True)
    assert [harm.kind for harm in found.harms] == ["rendering"]
