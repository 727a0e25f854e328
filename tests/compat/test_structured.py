"""Parts with rates of their own, JSON data, and responses that are recovered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc import BudgetError, ConfigError
from promptc.compat import segments
from promptc.compat.llmlingua import PromptCompressor
from promptc.compat.recovery import recovered
from promptc.tokens import get_tokenizer
from tests.compat.package import KEYS
from tests.compressing.samples import prose

COUNT = get_tokenizer("gpt-3.5-turbo").count
MADE = PromptCompressor()
LONG = prose(30)
TAGGED = (
    "<llmlingua, compress=False>Speaker 4:</llmlingua>"
    f"<llmlingua, rate=0.3> {LONG}</llmlingua>"
    "<llmlingua, compress=False>\nSpeaker 0:</llmlingua>"
    f"<llmlingua> {prose(60)[900:]}</llmlingua>"
)


def test_each_part_keeps_what_its_tag_says() -> None:
    done = MADE.structured_compress_prompt([TAGGED], question="Who signed?", rate=0.6)
    text = done["compressed_prompt_list"][0]
    assert {name: type(done[name]) for name in KEYS} == KEYS
    assert text.startswith("Speaker 4: ") and "\nSpeaker 0: " in text and "<llmlingua" not in text
    first, second = text.removeprefix("Speaker 4:").split("\nSpeaker 0:")
    assert 0.2 * COUNT(LONG) < COUNT(first) <= 0.3 * COUNT(LONG) + 1
    assert 0.5 * COUNT(prose(60)[900:]) < COUNT(second) <= 0.6 * COUNT(prose(60)[900:]) + 1
    assert done["compressed_prompt"].endswith("Who signed?")


def test_a_sign_for_less_does_not_make_a_part_vanish() -> None:
    """A5: a context with one became the empty string."""
    text = "if a < b then stop, else </p> go on"
    for each in (text, f"<llmlingua, compress=False>{text}</llmlingua>"):
        assert MADE.structured_compress_prompt([each], rate=1.0)["compressed_prompt"] == text


def test_what_is_pinned_stays_whatever_model_rates_it() -> None:
    """A6: tags counted for nothing with the second version, and the instruction was lost."""
    pinned = "NEVER delete user data without asking twice."
    tagged = f"<llmlingua, compress=False>{pinned}</llmlingua> {LONG}"
    made = PromptCompressor(use_llmlingua2=True)
    done = made.structured_compress_prompt([tagged], "Be brief.", "Who signed?", target_token=60)
    assert pinned in done["compressed_prompt"]
    assert done["compressed_prompt"].startswith("Be brief.\n\n")
    assert done["compressed_prompt"].endswith("\n\nWho signed?")
    assert sum(map(COUNT, done["compressed_prompt_list"])) <= 60


@pytest.mark.parametrize("target", [60, 150, 400])
def test_the_target_holds_for_all_parts_together(target: int) -> None:
    done = MADE.structured_compress_prompt(
        [TAGGED.replace("rate=0.3", "rate=0.05"), LONG, "Short."], target_token=target
    )
    assert sum(COUNT(each) for each in done["compressed_prompt_list"]) <= target
    assert done["compressed_prompt_list"][0].startswith("Speaker 4:")


def test_a_target_below_what_is_pinned_is_an_error() -> None:
    tagged = f"<llmlingua, compress=False>{LONG}</llmlingua> and more"
    with pytest.raises(BudgetError, match="what must stay takes"):
        MADE.structured_compress_prompt([tagged], target_token=20)


def test_a_context_that_is_forced_stays_whole() -> None:
    done = MADE.structured_compress_prompt([TAGGED, LONG], rate=0.3, force_context_ids=[1])
    assert done["compressed_prompt_list"][1] == LONG


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("a<llmlingua>b", "context 0, character 1: <llmlingua> is never closed"),
        ("a</llmlingua>", "context 0, character 1: </llmlingua>: nothing is open here"),
        ("<llmlingua>a<llmlingua>b</llmlingua>", "character 12: <llmlingua>: tags can't be nested"),
        ("<llmlingua, rat=0.3>a</llmlingua>", "a tag has no 'rat'; did you mean 'rate'"),
        ("<llmlingua, rate=3>a</llmlingua>", "rate=3: write a number between 0 and 1"),
        ("<llmlingua, rate=half>a</llmlingua>", "rate=half: write a number"),
        ("<llmlingua, compress=0>a</llmlingua>", "compress=0: write True or False"),
    ],
)
def test_a_tag_that_says_nothing_is_an_error(context: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MADE.structured_compress_prompt([context])


PIECE = st.text(st.sampled_from("ab <>/\n"), min_size=1, max_size=5)
OPENS = st.sampled_from(["<llmlingua>", "<llmlingua, rate=0.5>", "<llmlingua,compress=False>"])


@given(st.lists(st.tuples(PIECE, OPENS, PIECE), max_size=4), PIECE)
def test_parts_are_the_text_without_its_tags(parts: list[tuple[str, str, str]], tail: str) -> None:
    tagged = "".join(f"{a}{tag}{b}</llmlingua>" for a, tag, b in parts) + tail
    plain = "".join(f"{a}{b}" for a, _, b in parts) + tail
    assert "".join(each.text for each in segments.read(tagged)) == plain


DATA = {
    "id": 987654, "name": 'Hello, world,,, "ok"', "transcript": LONG, "rate": 0.5, "done": True,
    "nothing": None, "turns": [LONG, "Short.", 3], "meta": {"x": 1, "note": LONG},
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "id": {"rate": 1, "compress": False, "pair_remove": True, "value_type": "int"},
    "name": {"rate": 0.1, "compress": False, "value_type": "str"},
    "transcript": {"rate": 0.3, "compress": True, "pair_remove": True, "value_type": "str"},
    "turns": {"rate": 0.5, "compress": True, "value_type": "list"},
    "meta": {"compress": True, "value_type": "dict"},
}


def test_data_keeps_its_shape_and_all_that_is_no_text() -> None:
    """A7: numbers became strings, commas went, a mapping became a list of strings."""
    before = json.dumps(DATA)
    done = MADE.compress_json(DATA, CONFIG, question="Who signed?")
    left = done["compressed_prompt"]
    assert list(left) == list(DATA)
    assert {k: left[k] for k in ("id", "name", "rate", "done", "nothing")} == {
        k: DATA[k] for k in ("id", "name", "rate", "done", "nothing")
    }
    assert [type(each) for each in left["turns"]] == [str, str, int] and left["meta"]["x"] == 1
    assert 0 < COUNT(left["transcript"]) <= 0.3 * COUNT(LONG)
    assert 0 < COUNT(left["meta"]["note"]) <= 0.5 * COUNT(LONG)
    assert json.dumps(DATA) == before
    assert done["compressed_tokens"] == COUNT(json.dumps(left, ensure_ascii=False))
    assert {name: type(done[name]) for name in KEYS} == {**KEYS, "compressed_prompt": dict}


@pytest.mark.parametrize("target", [250, 500])
def test_the_target_of_data_holds_as_it_is_written(target: int) -> None:
    data = {"a": LONG + '\n"quoted"\n\t' * 20, "b": [LONG, "x\\y\n" * 30], "n": 7}
    config = {key: {"compress": True} for key in data}
    done = MADE.compress_json(data, config, target_token=target)
    assert done["compressed_tokens"] <= target
    assert done["compressed_prompt"]["n"] == 7


def test_a_pair_goes_only_where_that_is_allowed() -> None:
    data = {"a": "So it goes.", "b": "So it goes.", "c": "So it goes."}
    config = {key: {"rate": 0.0, "pair_remove": key != "b"} for key in ("a", "b")}
    assert MADE.compress_json(data, config)["compressed_prompt"] == {
        "a": "",
        "b": "",
        "c": data["c"],
    }
    dropped = MADE.compress_json(data, config, use_keyvalue_level_filter=True)
    assert dropped["compressed_prompt"] == {"b": "", "c": data["c"]}


def test_a_configuration_may_be_a_file(tmp_path: Path) -> None:
    expected = MADE.compress_json(DATA, CONFIG)
    (tmp_path / "c.json").write_text(json.dumps(CONFIG))
    (tmp_path / "c.yaml").write_text(
        "\n".join(f"{key}: {json.dumps(each)}" for key, each in CONFIG.items())
    )
    for name in ("c.json", "c.yaml"):
        assert MADE.compress_json(DATA, str(tmp_path / name)) == expected
    (tmp_path / "c.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="is no YAML"):
        MADE.compress_json(DATA, tmp_path / "c.yaml")
    with pytest.raises(ConfigError, match=r"none\.json can't be read"):
        MADE.compress_json(DATA, tmp_path / "none.json")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ([], "write a mapping from each key"),
        ({"id": 3}, "'id': write a mapping with 'rate'"),
        ({"id": {"rte": 1}}, "there is no 'rte'; did you mean 'rate'"),
        ({"id": {"rate": 7}}, "rate=7: write a number between 0 and 1"),
        ({"id": {"value_type": "set"}}, "value_type='set'"),
    ],
)
def test_a_configuration_that_says_nothing_is_an_error(config: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MADE.compress_json(DATA, config)


def test_what_is_no_json_is_said() -> None:
    with pytest.raises(ConfigError, match="json_data: Object of type object"):
        MADE.compress_json({"a": object()}, {})


ORIGINAL = "Anna Berg signed the lease of the red house on May 3. Bo Lund paid 40 kr. It rained."
SHORT = "Anna signed lease red house May 3. Bo paid kr."


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("Anna signed.", "Anna Berg signed."),
        ("It was Anna signed lease red house, I think.",
         "It was Anna Berg signed the lease of the red house, I think."),
        ("Who?\n  Bo paid kr!", "Who?\n  Bo Lund paid 40 kr!"),
        ("Anna", "Anna"),
        ("Nobody knows.", "Nobody knows."),
        ("", ""),
        ("signed Anna", "signed Anna"),
    ],
)  # fmt: skip
def test_a_response_gets_back_what_was_cut_out(response: str, expected: str) -> None:
    assert MADE.recover(ORIGINAL, SHORT, response) == expected


def test_words_that_stand_too_far_apart_stay_as_they_are() -> None:
    original = f"Anna {'very ' * 20}signed."
    assert recovered(original, "Anna signed.", "Anna signed it.") == "Anna signed it."


@given(st.lists(st.sampled_from("abc"), max_size=12), st.sets(st.integers(0, 11)))
def test_an_answer_that_quotes_all_of_the_original_is_left_as_it_is(
    words: list[str], cut: set[int]
) -> None:
    original = " ".join(words)
    short = " ".join(word for at, word in enumerate(words) if at not in cut)
    assert recovered(original, original, original) == original
    # Whatever is put back is a part of the original.
    found = recovered(original, short, short)
    assert len(found.split()) >= len(short.split())


def test_tokens_are_counted_as_budgets_are() -> None:
    assert MADE.get_token_length(LONG) == COUNT(LONG)
