from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import naive, savings
from benchmarks.savings_page import Column, Tokens, figures, markdown

STEPS = [
    ("trailing space", "a  \nb", "a\nb"),
    ("rules", "a\n---\nb", "a\nb"),
    ("blank lines", "a\n\n\n\nb", "a\n\nb"),
    ("bold", "- **a**: b", "- a: b"),
    ("table padding", "| a   | b |\n{{ x | y }}", "|a|b|\n{{ x | y }}"),
    ("filler", "Please go, very fast.", "go, fast."),
    ("repeated sentences", "Cite every source here. Go. Cite every source here.\n",
     "Cite every source here. Go.\n"),
    ("repeated sentences", "Cite every source here.\n<example>Cite every source here.</example>",
     "Cite every source here.\n<example>Cite every source here.</example>"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), STEPS)
def test_each_regular_expression_does_one_thing(name: str, before: str, after: str) -> None:
    assert dict(naive.STEPS)[name](before) == after


def test_the_regular_expressions_leave_front_matter() -> None:
    assert naive.shorten("---\nname: x\n---\nPlease go.\n---\n") == "---\nname: x\n---\ngo.\n"


def test_there_are_seven_and_twelve_phrases() -> None:
    assert len(naive.STEPS) == 7
    assert len(naive._FILLER) == 12


def columns() -> list[Column]:
    tokens = {"a.md": Tokens(100, 90), "b.j2": Tokens(300, 300), "c.md": Tokens(50, 25)}
    passes = {("trim-filler", "MEANING"): {"a.md": 10, "c.md": 25}}
    return [Column("-O2", tokens, frozenset({"a.md"}), passes)]


def test_few_shot_stands_apart_from_the_sums() -> None:
    kinds = {"a.md": "system_prompt", "b.j2": "task_prompt", "c.md": "fewshot_cot"}
    found = figures(columns(), kinds)
    rows = found["kinds"]
    assert rows["all but few-shot"]["-O2"]["before"] == 400
    assert rows["all but few-shot"]["-O2"]["mean_share"] == 0.05
    assert rows["all but few-shot"]["-O2"]["share_of_all"] == 0.025
    assert rows["all but few-shot"]["-O2"]["harmed"] == 1
    assert rows["few-shot, chain of thought"]["-O2"]["share_of_all"] == 0.5
    (row,) = found["passes"]["-O2"]
    assert (row["saved"], row["saved_in_few_shot"]) == (10, 25)


def test_a_kind_without_a_group_keeps_its_name() -> None:
    rows = figures(columns(), {"a.md": "poem"})["kinds"]
    assert list(rows) == ["poem", "all but few-shot"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run over two small files."""
    folder = tmp_path_factory.mktemp("savings")
    rows = [
        {"id": "1", "engine": "jinja2", "kind": "task_prompt",
         "text": "Please make sure that you answer {{ question }} in order to help the user.\n"},
        {"id": "2", "kind": "system_prompt", "text": "Answer {question} **not** at all.\n---\n"},
    ]  # fmt: skip
    data = folder / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    savings.main(["--data", str(data), "--out", str(folder / "savings.json")])
    return folder


def test_a_run_measures_every_column(made: Path) -> None:
    found = json.loads((made / "savings.json").read_text(encoding="utf-8"))["figures"]
    cells = found["kinds"]["task templates"]
    assert list(cells) == [
        "seven regexes", "-O1", "-O2", "-O2, contractions", "-O3, all granted",
        "-O3, four examples",
    ]  # fmt: skip
    assert cells["-O1"]["mean_share"] == 0
    assert cells["-O2"]["mean_share"] > 0
    assert cells["-O2"]["harmed"] == 0
    assert found["kinds"]["system prompts"]["seven regexes"]["harmed"] == 1


def test_the_page_has_the_figures_of_the_record(made: Path) -> None:
    record = json.loads((made / "savings.json").read_text(encoding="utf-8"))
    page = (made / "savings.md").read_text(encoding="utf-8")
    assert page == markdown(record)
    assert "| task templates | 1 |" in page


def test_missing_data_are_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is missing"):
        savings.main(["--data", str(tmp_path / "none.jsonl")])
