"""The package itself as a scorer: its numbers, at the tokens that they are of."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from promptc.errors import ConfigError
from promptc.scorers import scorer
from promptc.scorers.shared import Shared
from tests.compressing.samples import prose
from tests.scorers.tiny import bert, byte_level, gpt2, saved, wordpiece

TEXT = prose(12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    saved(gpt2(256), byte_level(), path / "gpt2")
    saved(bert(512), wordpiece(), path / "bert-base-multilingual-cased")
    return path


def made(name: str) -> Shared:
    found = scorer(name, "cpu")
    assert isinstance(found, Shared)
    return found


def test_its_losses_are_the_surprisal_of_the_tokens_themselves(folder: Path) -> None:
    (theirs,) = made(f"llmlingua:{folder}/gpt2").score([TEXT])
    (ours,) = made(f"causal:{folder}/gpt2").score([TEXT])
    assert theirs.spans.tolist() == ours.spans.tolist()
    assert np.abs(theirs.bits - ours.bits).max() < 1e-3


def test_a_text_of_many_segments_can_be_read(folder: Path) -> None:
    """Its own loop fails past 200 tokens with the caches of transformers 5."""
    text = prose(120)
    (found,) = made(f"llmlingua:{folder}/gpt2").score([text])
    assert len(found.bits) > 1_000
    assert "".join(text[a:b] for a, b in found.spans.tolist()) == "".join(text.split())


def test_its_second_version_says_what_our_own_says_in_its_way(folder: Path) -> None:
    name = f"{folder}/bert-base-multilingual-cased"
    (theirs,) = made(f"llmlingua:{name},v2=true").score([TEXT])
    (ours,) = made(f"classifier:{name},compat=llmlingua-0.2.2").score([TEXT])
    assert theirs.spans.tolist() == ours.spans.tolist()
    assert np.abs(theirs.bits - ours.bits).max() < 1e-4


def test_loading_it_leaves_generators_and_flags_alone(folder: Path) -> None:
    """C4: its constructor seeds every generator."""
    states: list[Any] = []
    for _ in range(2):
        states.append(
            (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # type: ignore[index]
        )
        made(f"llmlingua:{folder}/bert-base-multilingual-cased,v2=true")
    assert states[0] == states[1]
    assert not torch.backends.cudnn.deterministic


def test_a_model_that_it_does_not_know_by_name_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="tells models by their names"):
        made(f"llmlingua:{folder}/gpt2,v2=true")


def test_it_needs_no_network(folder: Path) -> None:
    assert os.environ.get("TIKTOKEN_CACHE_DIR") is None
    assert made(f"llmlingua:{folder}/gpt2").score(["Anna signed."])
