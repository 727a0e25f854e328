"""Odd inputs, odd arguments, and what is promised about deadlines, marks, threads and memory."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from promptc import (
    Budget,
    BudgetError,
    DeadlineError,
    Item,
    Options,
    acompress,
    compress,
    compress_many,
)
from promptc.compressing import Input, memory
from tests.compressing.samples import COUNT, outputs, prose

HALF = Budget(rate=0.5)
TEXT = prose(40)


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    memory.forget()


@pytest.mark.parametrize("text", ["", " ", "\n\n\t ", "\u3000", "a"])
def test_almost_nothing_is_no_error(text: str) -> None:
    assert compress(text, budget=Budget(rate=1)).text == text
    assert COUNT(compress(text, budget=HALF).text or "") <= COUNT(text) // 2
    assert compress(text, budget=Budget(tokens=0)).text == ""


def test_no_documents_are_no_documents() -> None:
    result = compress([], budget=HALF)
    assert (result.documents, result.text, result.rate) == ((), None, 1.0)


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "ab" * 30_000 + " end.",
        "漢字" * 5_000,
        "👩‍👩‍👧" * 500,
        "السلام عليكم ورحمة الله. " * 200,
        "one line\r\n" * 300,
        "\ud800 lone \udfff surrogates. " * 50,
        "\x00\x01 control. " * 50,
        "<|endoftext|>" * 100,
        " " * 5_000 + "word",
    ],
    ids=["letters", "pairs", "han", "emoji", "arabic", "crlf", "lone", "control", "marks", "space"],
)
def test_odd_texts_are_cut_to_the_budget(text: str, fine: bool) -> None:
    result = compress(text, budget=HALF, options=Options(fine=fine))
    assert result.text == outputs(result)[0]
    assert COUNT(result.text or "") <= result.limit == COUNT(text) // 2


def test_graphemes_stay_whole() -> None:
    family = "👩‍👩‍👧"
    left = compress(family * 500, budget=HALF).text
    assert left
    assert left == family * (len(left) // len(family))


@pytest.mark.parametrize(
    "given",
    [
        {"budget": 0.5},
        {"budget": None},
        {"query": None},
        {"query": ["who"]},
        {"model": 4},
        {"options": {}},
    ],
    ids=str,
)
def test_an_argument_of_another_type_is_refused(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(ValueError, match=name):
        compress("A text.", **{"budget": HALF, **given})


@pytest.mark.parametrize(
    "given",
    [
        {"fine": "yes"},
        {"mark": None},
        {"scorer": 1},
        {"keep": "Anna"},
        {"keep": ("",)},
        {"keep": (1,)},
        {"deadline": 0},
        {"deadline": float("nan")},
        {"deadline": "1"},
        {"on_deadline": "wait"},
        {"cache": 5},
    ],
    ids=str,
)
def test_an_option_that_is_none_is_refused(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(ValueError, match=name):
        Options(**given)


@pytest.mark.parametrize(
    "given",
    [{"tokens": "5"}, {"tokens": 1.5}, {"tokens": True}, {"rate": "0.5"}, {"rate": 0}, {}],
    ids=str,
)
def test_a_budget_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"tokens|rate"):
        Budget(**given)


@pytest.mark.parametrize("given", [None, 5, b"text", {"text": "x"}, [1], [["a"]], [{"x": "y"}]])
def test_an_input_of_another_shape_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="document"):
        compress(given, budget=HALF)


def test_what_must_stay_and_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="Zeno"):
        compress(TEXT, budget=HALF, options=Options(keep=("Zeno",)))


@pytest.mark.parametrize("mark", ["", " [...] "])
@pytest.mark.parametrize("fine", [True, False])
def test_too_small_a_budget_names_both_numbers(mark: str, fine: bool) -> None:
    sentence = TEXT.split(". ")[7]
    options = Options(keep=(sentence,), fine=fine, mark=mark)
    with pytest.raises(BudgetError, match=r"takes \d\d tokens.* allows 5;"):
        compress(TEXT, budget=Budget(tokens=5), options=options)


def test_a_chat_that_can_not_fit_names_both_numbers() -> None:
    chat = [{"role": "system", "content": TEXT}, {"role": "user", "content": "Hello."}]
    with pytest.raises(BudgetError, match=r"takes [\d,]+ tokens, and the budget allows 30;"):
        compress(chat, budget=Budget(tokens=30))


@pytest.mark.parametrize("mark", [" […] ", "\n(cut)\n", "."])
@pytest.mark.parametrize("fine", [True, False])
def test_marks_are_counted(mark: str, fine: bool) -> None:
    for rate in (0.1, 0.3, 0.5, 0.7, 0.9):
        options = Options(mark=mark, fine=fine)
        result = compress(TEXT, budget=Budget(rate=rate), options=options)
        assert result.text is not None
        assert COUNT(result.text) == result.tokens_after <= result.limit
        assert mark in result.text


def test_an_estimate_leaves_a_margin() -> None:
    result = compress(TEXT, budget=Budget(tokens=200), model="claude-sonnet-4-5")
    assert not result.exact
    assert result.tokens_after <= 190


def test_a_deadline_that_passes_raises_or_passes_the_text_through() -> None:
    with pytest.raises(DeadlineError):
        compress(TEXT, budget=HALF, options=Options(deadline=1e-9))
    options = Options(deadline=1e-9, on_deadline="pass")
    result = compress(TEXT, budget=HALF, options=options)
    assert (result.text, result.met) == (TEXT, False)
    assert compress(TEXT, budget=HALF, options=Options(deadline=60)).met


def test_a_deadline_is_kept_within_a_long_text() -> None:
    start = time.monotonic()
    with pytest.raises(DeadlineError):
        compress(prose(12_000), budget=HALF, options=Options(deadline=0.3, fine=True))
    assert time.monotonic() - start < 30


def test_many_have_one_deadline_and_their_own_questions() -> None:
    items: list[Input | Item] = [TEXT, Item(TEXT, "Who weighed grain in 1987?"), Item([TEXT, TEXT])]
    found = compress_many(items, budget=Budget(rate=0.2))
    assert [each.text for each in found[:2]] == [
        compress(TEXT, budget=Budget(rate=0.2)).text,
        compress(TEXT, budget=Budget(rate=0.2), query="Who weighed grain in 1987?").text,
    ]
    assert len(found[2].documents or ()) == 2
    with pytest.raises(DeadlineError):
        compress_many(
            [prose(900 + n) for n in range(99)], budget=HALF, options=Options(deadline=0.5)
        )
    with pytest.raises(ValueError, match="items"):
        compress_many("text", budget=HALF)


def test_an_event_loop_gets_the_same() -> None:
    async def both() -> list[str | None]:
        found = await asyncio.gather(
            *(acompress(prose(n), budget=HALF, query="Who signed?") for n in (20, 30))
        )
        return [each.text for each in found]

    memory.forget()
    expected = [compress(prose(n), budget=HALF, query="Who signed?").text for n in (20, 30)]
    memory.forget()
    assert asyncio.run(both()) == expected


def test_eight_threads_get_what_one_gets() -> None:
    jobs = [(prose(10 + n), query, fine) for n in range(8) for query in ("", "Who signed?")
            for fine in (True, False)]  # fmt: skip

    def run(job: tuple[str, str, bool]) -> str | None:
        text, query, fine = job
        return compress(text, budget=HALF, query=query, options=Options(fine=fine)).text

    expected = [run(job) for job in jobs]
    memory.forget()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, jobs)) == expected


def test_nothing_outside_changes() -> None:
    before = random.getstate(), str(np.random.get_state()), threading.active_count()
    documents = [{"text": TEXT, "title": "Notes"}]
    compress(documents, budget=HALF, query="Who?", options=Options(fine=True))
    assert random.getstate() == before[0]
    assert str(np.random.get_state()) == before[1]
    assert documents == [{"text": TEXT, "title": "Notes"}]


def test_a_folder_remembers(tmp_path: Path) -> None:
    options = Options(cache=tmp_path / "cache")
    first = compress(TEXT, budget=HALF, options=options)
    memory.forget()
    second = compress(TEXT, budget=HALF, options=options)
    assert (first.cached, second.cached) == (False, True)
    assert (second.text, second.kept) == (first.text, first.kept)


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 50])
def test_a_damaged_entry_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    options = Options(cache=tmp_path / "cache")
    first = compress(TEXT, budget=HALF, options=options)
    (entry,) = (tmp_path / "cache").glob("*.json")
    entry.write_bytes(damage)
    memory.forget()
    second = compress(TEXT, budget=HALF, options=options)
    assert (second.text, second.cached) == (first.text, False)


def test_a_folder_that_can_not_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert compress(TEXT, budget=HALF, options=Options(cache=tmp_path)).met
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_another_budget_question_or_option_is_another_result() -> None:
    compress(TEXT, budget=HALF)
    assert compress(TEXT, budget=HALF).cached
    assert not compress(TEXT, budget=Budget(rate=0.4)).cached
    assert not compress(TEXT, budget=HALF, query="Who?").cached
    assert not compress(TEXT, budget=HALF, options=Options(fine=True)).cached
    assert not compress(TEXT, budget=HALF, options=Options(keep=("Anna",))).cached
    assert not compress([TEXT[:99], TEXT[99:]], budget=HALF).cached


def test_a_process_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)
    for number in range(5):
        memory.remember(f"{number}", (), None)
    memory.recall("2", None)
    memory.remember("5", (), None)
    assert [memory.recall(f"{n}", None) for n in range(6)] == [None, None, (), None, (), ()]


def test_what_is_explained_adds_up() -> None:
    result = compress(TEXT, budget=HALF)
    both = sorted([*result.kept[0], *result.dropped[0]])
    assert "".join(TEXT[slice(*span)] for span in both) == TEXT
    assert f"{result.tokens_before:,} -> {result.tokens_after:,} tokens" in result.explain()


@pytest.mark.parametrize("query", ["", "Who came late?"])
def test_a_sentence_longer_than_the_budget_is_cut_and_not_lost(query: str) -> None:
    text = "Anna, " + ", ".join(f"who met guest {n} in hall {n * 7}" for n in range(12)) + ", left."
    for rate in (0.3, 0.5, 0.8):
        result = compress(text, budget=Budget(rate=rate), query=query)
        assert result.tokens_after > 0.6 * result.limit


CALLED: list[dict[str, Any]] = [
    {"role": "user", "content": "Look it up."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "function": {"name": "find", "arguments": '{"q": "mills"}'}}],
    },
    {"role": "tool", "tool_call_id": "1", "name": "find", "content": prose(6)},
]
USED: list[dict[str, Any]] = [
    {"role": "user", "content": "Look it up."},
    {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "1", "name": "find", "input": {"q": "mills"}}],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "1", "content": prose(6)}],
    },
]


@pytest.mark.parametrize("chat", [CALLED, USED], ids=["tool_calls", "tool_use"])
def test_calls_of_tools_count_and_stay_and_what_they_returned_is_shortened(
    chat: list[dict[str, Any]],
) -> None:
    names = ("tool_calls", "name")
    bare: list[dict[str, Any]] = [
        {key: each[key] for key in each if key not in names} for each in chat
    ]
    bare[1] = {**bare[1], "content": ""}
    whole = compress(chat, budget=Budget(rate=1))
    least = compress(bare, budget=Budget(rate=1)).tokens_before + COUNT("find")
    assert (whole.messages, whole.tokens_before >= least) == (tuple(chat), True)
    short = compress(chat, budget=Budget(tokens=whole.tokens_before - 20), query="Who wrote?")
    assert short.tokens_after <= whole.tokens_before - 20
    assert short.messages is not None
    assert short.messages[1] == chat[1]
    assert prose(6) in short.inputs


def test_arguments_of_a_tool_count_as_they_are_written() -> None:
    def tokens(arguments: str) -> int:
        chat = [{**CALLED[1], "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}]
        return compress(chat, budget=Budget(rate=1)).tokens_before

    assert tokens('{"q": "mills"}') - tokens("") == COUNT('{"q": "mills"}')
