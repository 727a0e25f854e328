"""A classifier reads by offsets, with the marks of its training, padded as little as can be."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from promptc.errors import ConfigError
from promptc.protocols import Scores, patient
from promptc.scorers.classifier import Classifier
from promptc.scorers.loading import Loaded, Place
from promptc.scorers.named import read
from promptc.scorers.shared import Shared
from promptc.scorers.worker import Worker
from tests.compressing.samples import prose
from tests.scorers.tiny import bert, roberta, unigram, wordpiece

TEXT = prose(6)
MADE = {"bert": (bert(), wordpiece()), "roberta": (roberta(), unigram())}
MARKS = {"bert": (2, 3, 0), "roberta": (0, 2, 1)}


def classifier(name: str, options: str = "") -> Classifier:
    return Classifier(
        Loaded(*MADE[name], Place("cpu", "float32"), "v"), read(f"classifier:x{options}")
    )


def score(reader: Classifier, text: str) -> Scores:
    (found,) = Shared(reader).score([text])
    return found


def ids_of(name: str, text: str) -> list[int]:
    return list(MADE[name][1](text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize("name", MADE)
def test_probabilities_are_those_of_a_plain_reference(name: str) -> None:
    model, _ = MADE[name]
    opens, closes, _ = MARKS[name]
    text = TEXT[:90]
    reader = classifier(name)
    (found,) = Worker(reader, linger=0).run(reader.plan(text, "").rows, patient)
    wide = type(model)(model.config).double().eval()
    wide.load_state_dict(model.state_dict())
    with torch.inference_mode():
        logits = wide(input_ids=torch.tensor([[opens, *ids_of(name, text), closes]])).logits
    expected = logits.softmax(-1)[0, 1:-1, 1].numpy()
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("name", MADE)
def test_padding_changes_no_score(name: str) -> None:
    reader = classifier(name)
    texts = [prose(n)[:130] for n in (1, 2)] + ["Anna signed.", "It rained for hours."]
    together = Shared(reader).score(texts)
    for text, each in zip(texts, together, strict=True):
        assert np.abs(score(reader, text).bits - each.bits).max() < 1e-5


def test_a_short_text_is_not_padded(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []
    model, _ = MADE["bert"]
    plain = type(model).forward

    def forward(self: Any, input_ids: Any, attention_mask: Any = None) -> Any:
        shapes.append(tuple(input_ids.shape))
        assert attention_mask is None
        return plain(self, input_ids=input_ids, attention_mask=attention_mask)

    monkeypatch.setattr(type(model), "forward", forward)
    score(classifier("bert"), "Anna signed.")
    assert shapes == [(1, len(ids_of("bert", "Anna signed.")) + 2)]


@pytest.mark.parametrize("name", MADE)
def test_parts_end_with_sentences_and_hold_every_token_once(name: str) -> None:
    reader = classifier(name)
    text = " ".join(f"Item {n} is in." for n in range(60))
    plan = reader.plan(text, "")
    assert len(plan.rows) > 5
    own = np.concatenate([row.ids[1:-1] for row in plan.rows])
    assert own.tolist() == ids_of(name, text)
    at = 0
    for row in plan.rows[:-1]:
        at += len(row.ids) - 2
        assert len(row.ids) <= reader.window
        assert text[: plan.offsets[at - 1, 1]].endswith(".")


def test_a_part_without_an_end_breaks_between_words() -> None:
    reader = classifier("roberta")
    text = " ".join(f"item{n}" for n in range(200))
    plan = reader.plan(text, "")
    at = 0
    for row in plan.rows[:-1]:
        at += len(row.ids) - 2
        assert text[: plan.offsets[at - 1, 1]].split()[-1] in text.split()
        assert text[plan.offsets[at, 0] :].lstrip().startswith("item")


def test_a_word_of_several_pieces_keeps_their_places() -> None:
    for name in MADE:
        found = score(classifier(name), "①  unbelievable\n\tﬁne 🎉")
        spans = found.spans.tolist()
        assert all(one[1] <= two[0] for one, two in pairwise(spans))
        assert spans[0][0] == 0 and spans[-1][1] == len("①  unbelievable\n\tﬁne 🎉")
        assert ((found.bits >= 0) & (found.bits <= 1)).all()


def test_the_marks_are_those_of_the_training() -> None:
    """A8: XLM-RoBERTa was fed unknown words as its marks."""
    for name, marks in MARKS.items():
        reader = classifier(name)
        assert (reader.opens, reader.closes, reader.pads) == marks


def test_compat_feeds_what_the_package_feeds() -> None:
    old = classifier("roberta", ",compat=llmlingua-0.2.2")
    assert (old.opens, old.closes, old.pads) == (3, 3, 3)
    assert "as llmlingua 0.2.2" in old.name
    assert not np.allclose(score(old, TEXT).bits, score(classifier("roberta"), TEXT).bits)
    same = classifier("bert", ",compat=llmlingua-0.2.2")
    assert (same.opens, same.closes, same.pads) == MARKS["bert"]


def test_the_positions_of_roberta_begin_after_its_padding() -> None:
    assert classifier("roberta").window == 64
    assert classifier("bert").window == 64


def test_a_label_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"label=2, and the model has 2 labels: 0 is LABEL_0"):
        classifier("bert", ",label=2")
    with pytest.raises(ConfigError, match="did you mean 'llmlingua-0\\.2\\.2'"):
        classifier("bert", ",compat=llmlingua")
