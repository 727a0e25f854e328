"""The benchmark of the quality checks: what its edits do, and that its figures add up."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks import quality
from benchmarks.editing.cases import PARAPHRASE, Rated, cases
from benchmarks.editing.harmless import HARMLESS, duplicated, table
from benchmarks.editing.harms import HARMS

PROMPT = """\
You are an agent of a shop. Always greet the user. You must answer in 3 sentences.
Never share the address of a customer with anyone. Answer all questions in JSON format.
If the parcel is late, offer a refund to the user. Write in 5 lines for the reader of the mail.
Ask Anna to approve a refund that Peter has sent.

1. Read the mail of the customer.
2. Find the parcel in the table.
3. Write the answer to the customer.

Keep these in mind:

- Be polite to the customer.
- Write in plain words.
- Utilize the name of the customer.

Name: {{ name }}
"""


@pytest.mark.parametrize("kind", HARMS)
def test_each_kind_of_harm_can_be_done_to_a_prompt(kind: str) -> None:
    made = {HARMS[kind](PROMPT, random.Random(seed)) for seed in range(20)} - {None}
    assert made
    assert PROMPT not in made


@pytest.mark.parametrize("kind", HARMLESS)
def test_each_harmless_edit_keeps_the_lines_or_the_words(kind: str) -> None:
    made = {HARMLESS[kind](PROMPT, random.Random(seed)) for seed in range(20)} - {None}
    assert made
    for text in made:
        assert text is not None
        if kind == "text reflowed":
            assert text.split() == PROMPT.split()
        if kind == "list reordered":
            assert sorted(text.split("\n")) == sorted(PROMPT.split("\n"))


def test_a_duplicate_is_a_sentence_of_the_prompt() -> None:
    text = duplicated(PROMPT, random.Random(1))
    assert text is not None
    assert len(text) > len(PROMPT)
    assert set(text.split()) == set(PROMPT.split())


def test_no_phrase_of_the_table_is_one_that_a_pass_knows() -> None:
    rules = Path("promptc/data/phrases.tsv").read_text(encoding="utf-8").splitlines()
    known = {line.partition("\t")[0] for line in rules}
    assert len(table()) > 60
    assert not known & {old for old, _ in table()}


def test_equal_prompts_give_equal_edits() -> None:
    rows = [{"id": "a", "text": PROMPT}]
    assert list(cases(rows)) == list(cases(rows))
    assert {each.half for each in cases(rows)} < {0, 1} or len(list(cases(rows))) > 0


def _rated(kind: str, harm: bool, flagged: int, passed: int, score: float = 0.0) -> list[Rated]:
    both = (0, 1)
    return [
        *(Rated(kind, harm, half, False, score) for half in both for _ in range(flagged)),
        *(Rated(kind, harm, half, False, 1.0) for half in both for _ in range(passed)),
    ]


def test_figures_by_hand() -> None:
    every = [
        *_rated("instruction lost", True, 9, 1),
        *_rated("text reflowed", False, 1, 19),
        *_rated(PARAPHRASE, False, 5, 0),
    ]
    found = quality.figures(every, 10)
    assert (found["all"]["recall"], found["all"]["false_alarms"]) == (0.9, 0.05)
    assert found["all"]["precision"] == 0.9
    assert found["all_with_paraphrases"]["false_alarms"] == 0.24
    met = {bar["name"]: bar["met"] for bar in found["bars"]}
    assert met == {
        "recall of harm": False,
        "harmless edits flagged": True,
        "harmless edits flagged, with the paraphrased questions": False,
    }


def test_the_threshold_is_the_lowest_that_sees_all_that_can_be_seen() -> None:
    first = [
        *_rated("opposite said", True, 5, 0, score=0.62),
        *_rated("text reflowed", False, 5, 0, score=0.9),
    ]
    assert quality.chosen([each for each in first if each.half == 0]) == 0.65


def test_the_command_measures_writes_and_holds_the_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.jsonl"
    rows = [{"id": str(number), "text": PROMPT} for number in range(3)]
    data.write_text("\n".join(json.dumps(row) for row in rows))
    code = quality.main(["--data", str(data), "--out", str(tmp_path / "q.json")])
    found = json.loads((tmp_path / "q.json").read_text())["figures"]
    assert code == int(not all(bar["met"] for bar in found["bars"]))
    assert found["prompts"] == 3
    assert (tmp_path / "q.md").read_text() == capsys.readouterr().out[:-1]


def test_nothing_to_measure_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"id": "a", "text": "x = 1"}))
    assert quality.main(["--data", str(data), "--out", str(tmp_path / "q.json")]) == 2
    assert "nothing was measured" in capsys.readouterr().err
