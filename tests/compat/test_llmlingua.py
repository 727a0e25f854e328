"""Calls that were written for llmlingua work as they are, and keep what they promise."""

from __future__ import annotations

from typing import Any

import pytest

from promptc import BudgetError, ConfigError
from promptc.compat.llmlingua import PromptCompressor
from promptc.tokens import get_tokenizer
from tests.compressing.samples import prose

COUNT = get_tokenizer("gpt-3.5-turbo").count
CONTEXTS = [prose(20), "It rained in Oslo. " * 10, prose(50)[400:]]
TYPES = {
    "compressed_prompt": str,
    "compressed_prompt_list": list,
    "origin_tokens": int,
    "compressed_tokens": int,
    "ratio": str,
    "rate": str,
    "saving": str,
}
MADE = PromptCompressor()


def test_the_result_has_the_keys_and_types_of_the_package() -> None:
    done = MADE.compress_prompt(CONTEXTS, rate=0.5)
    assert {name: type(value) for name, value in done.items()} == TYPES
    assert done["ratio"].endswith("x") and done["rate"].endswith("%")
    assert done["saving"].startswith(", Saving $") and done["saving"].endswith(" in GPT-4.")
    assert done["compressed_tokens"] == COUNT(done["compressed_prompt"])


@pytest.mark.parametrize("target", [40, 200, 350])
def test_the_target_holds(target: int) -> None:
    """Its own tests assert up to twice the target."""
    done = MADE.compress_prompt(CONTEXTS, target_token=target)
    assert sum(COUNT(each) for each in done["compressed_prompt_list"] if each) <= target
    assert done["compressed_tokens"] <= target + 2 * len(CONTEXTS)


def test_instruction_and_question_stand_where_they_stood() -> None:
    done = MADE.compress_prompt(CONTEXTS, "Answer in one line.", "Who signed?", rate=0.4)
    assert done["compressed_prompt"].startswith("Answer in one line.\n\n")
    assert done["compressed_prompt"].endswith("\n\nWho signed?")
    without = MADE.compress_prompt(CONTEXTS, "", "Who signed?", concate_question=False)
    assert "Who signed?" not in without["compressed_prompt"]


def test_what_langchain_finds_its_documents_by_stays() -> None:
    marked = [f"\n\n<#ref{n}#> {text} <#ref{n}#>\n\n" for n, text in enumerate(CONTEXTS)]
    done = MADE.compress_prompt(
        marked, "", "Who signed?", target_token=200, rank_method="longllmlingua",
        concate_question=False, add_instruction=False,
    )  # fmt: skip
    for n, text in enumerate(done["compressed_prompt_list"]):
        assert not text or (text.count(f"<#ref{n}#>") == 2 and text.strip().startswith("<#ref"))
    assert sum(COUNT(each) for each in done["compressed_prompt_list"] if each) <= 200


def test_what_llamaindex_sends_is_taken() -> None:
    done = MADE.compress_prompt(
        CONTEXTS, instruction="", question="Who signed?", target_token=300,
        rank_method="longllmlingua", condition_compare=True, context_budget="+200",
        condition_in_question="after_condition", reorder_context="original",
    )  # fmt: skip
    assert done["compressed_prompt"].endswith("Who signed?")


def test_forced_tokens_and_contexts_stay() -> None:
    """A13, A15: neither was sure to."""
    done = MADE.compress_prompt(
        CONTEXTS, rate=0.5, force_tokens=["\n", "harbor office", "?"], force_context_ids=[1]
    )
    assert "harbor office" in done["compressed_prompt"]
    assert done["compressed_prompt_list"][1] == CONTEXTS[1]
    text = "Box 7 holds 12 files. " + "So it goes, on and on. " * 20
    assert (
        "12" in MADE.compress_prompt(text, rate=0.3, force_reserve_digit=True)["compressed_prompt"]
    )


def test_a_rate_of_one_changes_nothing() -> None:
    text = "① one½\r\n\tﬁne  twice\n\n"
    assert MADE.compress_prompt([text], rate=1.0)["compressed_prompt"] == text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"force_context_number": 2}, "force_context_number=2: promptc has no such choice"),
        ({"reorder_context": "sort"}, "reorder_context='sort': contexts keep their order"),
        ({"ratio": 2.0}, "no argument 'ratio'"),
        ({"return_word_label": True}, "return_word_label=True"),
    ],
)
def test_what_it_can_not_do_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MADE.compress_prompt(CONTEXTS, **given)


def test_a_target_that_can_not_hold_is_an_error() -> None:
    with pytest.raises(BudgetError, match="target_token or rate"):
        MADE.compress_prompt(CONTEXTS, target_token=5, force_context_ids=[1])


def test_nothing_is_run_and_nothing_is_trusted() -> None:
    """C1, C2."""
    MADE.compress_prompt(CONTEXTS, context_budget="__import__('os').abort()")
    with pytest.raises(ConfigError, match="runs no code of models"):
        PromptCompressor(model_config={"trust_remote_code": True})


def test_arguments_are_left_as_they_were() -> None:
    """C3."""
    contexts, forced, config = list(CONTEXTS), [0], {"dtype": "float32"}
    made = PromptCompressor(device_map="cuda", model_config=config)
    made.compress_prompt(contexts, force_context_ids=forced)
    assert (contexts, forced, config) == (CONTEXTS, [0], {"dtype": "float32"})
