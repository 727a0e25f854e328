"""The worked example of retrieval: the handbook in templates/ is swapped and still answers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import promptc
from promptc.building.flow import Request, build
from promptc.results import Built

TEMPLATES = Path(__file__).parents[1] / "templates"
NAME = "handbook_answers.j2"
SIDE = tomllib.loads((TEMPLATES / f"{NAME}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, Path]]:
    out = tmp_path_factory.mktemp("worked") / "build"
    done, _ = build(Request([TEMPLATES], out=out, level=3, cached=False, jobs=1))
    yield done, out


def test_the_handbook_is_swapped_and_its_questions_are_answered(made: tuple[Built, Path]) -> None:
    done, out = made
    (file,) = (each for each in done.files if each.name == NAME)
    (outline,) = file.outlines
    assert outline.moved and not outline.weak
    assert outline.recall >= 0.95
    assert (outline.asked, outline.answered) == (len(SIDE["questions"]),) * 2
    assert file.cost.after < file.cost.before / 3
    env = promptc.load(out)
    page = env.get_template(NAME)
    asked = [(q["ask"], q["answers"]) for q in SIDE["questions"]]
    prompts = [(page.render(question=ask), answers) for ask, answers in asked]
    assert all(any(answer in prompt for answer in answers) for prompt, answers in prompts)


def test_the_samples_find_what_they_ask_for(made: tuple[Built, Path]) -> None:
    page = promptc.load(made[1]).get_template(NAME)
    wanted = {
        "vacation": ["| 3 to 5        | 23            | 5 "],
        "nobody is logged in": ["lost or stolen device within 2 hours"],
        "not in the handbook": [],
    }
    for sample in SIDE["samples"]:
        prompt = page.render(sample["vars"])
        assert all(each in prompt for each in wanted[sample["name"]]), sample["name"]


def test_below_level_3_the_handbook_stays(tmp_path: Path) -> None:
    done, _ = build(Request([TEMPLATES], out=tmp_path / "build", level=2, cached=False, jobs=1))
    (file,) = (each for each in done.files if each.name == NAME)
    assert "retrieve(" not in file.text
    assert any("-O3 runs outline-docs" in note for note in file.notes)
