"""Contexts that a template marks: what is refused, what notes say, what a second build changes."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

import promptc
from promptc.errors import PassError, TemplateError
from promptc.ir import Comment
from promptc.parse import parse
from promptc.pipeline import optimize
from promptc.protocols import Guarantee, PassContext
from promptc.source import Source
from promptc.tokens import get_tokenizer
from tests.test_pipeline import Swap

TEXT = (
    "Anna Weber signed the contract in Kiel. The rain fell all day in the old city.\n"
    "The archive opens at nine. Orders above 500 EUR need two signatures."
)
STATIC = f"Answer.\n{{# promptc: context rate=0.5 #}}\n{TEXT}\n{{# promptc: end #}}\n{{{{ q }}}}"
DYNAMIC = "Answer.\n{# promptc: context rate=0.4 query=q #}{{ docs }}{# promptc: end #}\n{{ q }}"
COUNT = get_tokenizer("gpt-4o").count


def inside(text: str) -> str:
    return text.partition("#}")[2].rpartition("{#")[0].strip()


@pytest.mark.parametrize("limit", ["rate=0.3", "rate=0.7", "tokens=12", "tokens=20 rate=0.9"])
def test_a_pruned_context_is_within_its_budget_and_verbatim(limit: str) -> None:
    done = promptc.compile(STATIC.replace("rate=0.5", limit), level=3)
    rate = float(limit.partition("rate=")[2] or 1)
    most = int(limit.partition("tokens=")[2].partition(" ")[0] or 999)
    kept = inside(done.text)
    assert 0 < COUNT(kept) <= min(rate * COUNT(TEXT), most)
    words = iter(TEXT.split())
    assert all(word in words for word in kept.split())


@pytest.mark.parametrize("text", [STATIC, DYNAMIC, STATIC.replace("\n", "\r\n")])
def test_a_second_build_changes_nothing(text: str) -> None:
    once = promptc.compile(text, level=3)
    assert once.changed
    again = promptc.compile(once.data.decode(), level=3)
    assert again.data == once.data


def test_line_ends_come_out_as_they_went_in() -> None:
    crlf = promptc.compile(STATIC.replace("\n", "\r\n"), level=3).data.decode()
    assert crlf == promptc.compile(STATIC, level=3).text.replace("\n", "\r\n")


def test_what_was_pruned_is_listed_with_its_place() -> None:
    done = promptc.compile(STATIC, level=3)
    gone = [each for each in done.drops if each.after == ""]
    assert gone
    assert all(done.source[slice(*each.span)] == each.before for each in gone)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_below_level_3_the_notes_say_that_nothing_was_pruned(level: int) -> None:
    done = promptc.compile(STATIC, level=level)
    assert TEXT in done.text
    assert done.notes == ("2:1: this context is left as it is: -O3 runs prune-context",)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (TEXT, "a {{ b }}", "it holds more than text"),
        (TEXT, " ", "it is empty"),
        ("rate=0.5", "tokens=900", "it fits its budget"),
        (f"\n{TEXT}", "{% set a = 1 %}{{ a }}", r"it holds {% set %}"),
    ],
)
def test_the_notes_say_why_a_context_is_left_alone(old: str, new: str, why: str) -> None:
    text = STATIC.replace(old, new)
    if "set" in new:
        text = text.replace("rate=0.5", "rate=0.5 query=q")
    (note,) = promptc.compile(text, level=3).notes
    assert note.startswith(f"2:1: this context is left as it is: {why}")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("", "add rate= or tokens="),
        ("query=q", "add rate= or tokens="),
        ("rate=0", "rate must be above 0 and at most 1, not 0"),
        ("rate=1.5", "try rate=0.5"),
        ("rate=half", "not half"),
        ("tokens=0", "a whole number from 1 up"),
        ("tokens=1.5", "a whole number from 1 up"),
        ("rat=0.5", "did you mean 'rate'"),
        ("rate=0.5 rate=0.4", "'rate' is given twice"),
        ("rate 0.5", "can't read 'rate 0.5'"),
        ("rate=0.5 query=f(q)", "query must be the name of a variable"),
    ],
)
@pytest.mark.parametrize("level", [1, 3])
def test_wrong_arguments_are_told_with_their_place(level: int, arguments: str, why: str) -> None:
    text = STATIC.replace(
        "{# promptc: context rate=0.5 #}", f"  {{# promptc: context {arguments} #}}"
    )
    with pytest.raises(TemplateError) as caught:
        promptc.compile(text, level=level)
    assert str(caught.value).startswith("<string>:2:3: context: ")
    assert why in str(caught.value)


def test_a_budget_for_nothing_is_an_error() -> None:
    with pytest.raises(TemplateError, match=r":2:1: context: no part of it fits in 1 of its 3\d "):
        promptc.compile(STATIC.replace("rate=0.5", "tokens=1"), level=3)


def test_the_notes_say_what_a_context_saves_on_the_samples() -> None:
    one = {"docs": TEXT, "q": "Who signed the contract?"}
    (note,) = promptc.compile(DYNAMIC, level=3, samples=[one, one]).notes
    least, most = 1, int(0.4 * COUNT(TEXT))
    told = [int(word) for word in note.split() if word.isdigit()]
    assert note.startswith("2:1: this context is shortened at run time: keeps about ")
    assert least <= told[0] <= most
    assert told[1] == COUNT(TEXT)
    assert promptc.compile(DYNAMIC, level=3).notes == (
        "2:1: this context is shortened at run time: was not measured; give [[samples]] that "
        "render it",
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "why"),
    [
        (STATIC, "rate=0.5", "rate=0.9", "writes 'rate=0.9' into a context"),
        (STATIC, "Anna Weber", "Bob", "writes 'Bob' into a context"),
        (STATIC, "Anna Weber", "", "drops what is no example"),
        (DYNAMIC, "rate=0.4", "rate=0.9", "writes other tags"),
    ],
)
def test_a_pass_that_does_more_than_is_granted_is_caught(
    text: str, old: str, new: str, why: str
) -> None:
    liar: Any = Swap(old, new, Guarantee.SELECTION, frozenset({Comment}), "shape")
    with pytest.raises(PassError, match=why):
        optimize(parse(Source(text)), [liar], PassContext(get_tokenizer("gpt-4o")))


def test_a_template_without_a_context_loads_no_model() -> None:
    code = "promptc.compile('Be  kind.', level=3); print('numpy' in sys.modules)"
    run = [sys.executable, "-c", f"import promptc, sys; {code}"]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "False\n"


def test_no_pass_enters_a_pruned_context() -> None:
    text = "{# promptc: pruned #}\nBe  kind.   \n{# promptc: end #}\nCite {{ source }}."
    assert promptc.compile(text, level=3).text == text
    assert promptc.compile(text.replace("pruned", "context rate=1"), level=3).text != text.replace(
        "pruned", "context rate=1"
    )


def test_a_pruned_context_has_an_end() -> None:
    with pytest.raises(TemplateError, match="'promptc: pruned' is never ended"):
        promptc.compile("{# promptc: pruned #} Be kind.")


@pytest.mark.parametrize(
    "text",
    ["{{ docs | compress(rate=0.5) }}", "{% filter compress(rate=0.5) %}{{ docs }}{% endfilter %}"],
)
def test_a_filter_by_hand_prints_its_input_on_samples_and_a_note_says_so(text: str) -> None:
    done = promptc.compile(text, samples=[{"docs": TEXT}])
    assert done.cost.after == COUNT(TEXT)
    assert done.notes == ("1:1: compress runs at run time; the samples are counted without it",)


def test_the_question_of_each_rendering_counts() -> None:
    one, two = ({"docs": TEXT, "q": q} for q in ("When does the archive open?", "Who signed?"))
    notes = [promptc.compile(DYNAMIC, level=3, samples=each).notes for each in ([one], [two])]
    both = promptc.compile(DYNAMIC, level=3, samples=[one, two]).notes
    kept = [int(re.findall(r"\d+ of", note)[0].split()[0]) for (note,) in (*notes, both)]
    assert kept[0] != kept[1]
    assert abs(kept[2] - (kept[0] + kept[1]) / 2) <= 0.5
