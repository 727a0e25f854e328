"""The calls of llmlingua are taken here with the same arguments, in the same order."""

from __future__ import annotations

import inspect
from typing import Any

import llmlingua  # type: ignore[import-untyped]
import pytest

from promptc.compat.arguments import ITS_OWN, REFUSED
from promptc.compat.llmlingua import _INSIDE, PromptCompressor
from promptc.errors import ConfigError
from tests.compat.package import CALLS, KEYS
from tests.compressing.samples import prose

THEIRS = llmlingua.PromptCompressor
MADE = PromptCompressor()
TAKEN = {
    *ITS_OWN, *REFUSED, "force_tokens", "force_reserve_digit", "force_context_ids",
    "use_token_level_filter", "concate_question", "reorder_context", "use_keyvalue_level_filter",
    "reorder_keyvalue",
}  # fmt: skip
GIVEN: dict[str, tuple[Any, ...]] = {
    "compress_prompt": ([prose(9)],),
    "structured_compress_prompt": ([prose(9)],),
    "compress_prompt_llmlingua2": ([prose(9)],),
    "compress_json": ({"a": prose(9)}, {"a": {"rate": 0.5}}),
}


def parameters(call: Any) -> dict[str, inspect.Parameter]:
    found = dict(inspect.signature(call).parameters)
    found.pop("self", None)
    return found


@pytest.mark.parametrize("name", CALLS)
def test_what_is_written_down_is_what_the_package_has(name: str) -> None:
    first, others = CALLS[name]
    theirs = list(parameters(getattr(THEIRS, name)))
    assert tuple(theirs[: len(first)]) == first
    assert set(theirs[len(first) :]) == others


def test_every_method_of_the_package_is_here_or_said_not_to_be() -> None:
    public = {name for name in vars(THEIRS) if not name.startswith("_")}
    assert public == set(CALLS) | _INSIDE


@pytest.mark.parametrize("name", CALLS)
def test_arguments_stand_in_the_same_order_with_the_same_defaults(name: str) -> None:
    theirs, ours = parameters(getattr(THEIRS, name)), parameters(getattr(PromptCompressor, name))
    named = [each for each in ours if each != "more"]
    assert named == list(theirs)[: len(named)]
    assert {each: ours[each].default for each in named} == {
        each: theirs[each].default for each in named
    }
    assert set(theirs) - set(named) <= TAKEN


@pytest.mark.parametrize("name", GIVEN)
def test_every_argument_of_the_package_is_taken_at_its_default(name: str) -> None:
    theirs = parameters(getattr(THEIRS, name))
    more = {
        each: theirs[each].default for each in theirs if each not in parameters(getattr(MADE, name))
    }
    done = getattr(MADE, name)(*GIVEN[name], **more)
    assert done == getattr(MADE, name)(*GIVEN[name])
    assert set(KEYS) <= set(done)


def test_defaults_are_those_of_the_package() -> None:
    theirs = parameters(THEIRS.compress_prompt)
    assert {
        name: value for name, value in (ITS_OWN | REFUSED).items() if value != theirs[name].default
    } == {}


@pytest.mark.parametrize("name", sorted(_INSIDE))
def test_an_inner_method_is_said_to_be_one(name: str) -> None:
    with pytest.raises(AttributeError, match=f"{name}.*a step of llmlingua's own walk"):
        getattr(MADE, name)
    assert not hasattr(MADE, "anything_else")


@pytest.mark.parametrize("name", GIVEN)
def test_an_argument_that_is_none_is_said_with_the_call(name: str) -> None:
    with pytest.raises(ConfigError, match="has no argument 'iterative'; did you mean"):
        getattr(MADE, name)(*GIVEN[name], iterative=3)
