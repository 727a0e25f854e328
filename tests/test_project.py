"""The repository as a whole: its files agree with each other, and the worked examples hold."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import promptc
from promptc.building.flow import Request, build
from promptc.checks.facts import Facts
from promptc.results import Built

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUFFIXES = {".j2", ".prompty"}
NAMES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*")
    if path.suffix in SUFFIXES
)
SAMPLED = [name for name in NAMES if (TEMPLATES / f"{name}.toml").exists()]


def built(folder: Path, *paths: Path, **options: Any) -> Built:
    result, _ = build(Request(paths=paths or (TEMPLATES,), out=folder, cached=False, **options))
    assert result.failures == ()
    return result


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked examples, compiled as `promptc build` does."""
    folder = tmp_path_factory.mktemp("compiled")
    built(folder)
    return folder


@pytest.fixture(scope="module")
def reworded_nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same at -O1, without the one pass that drops members of a JSON schema."""
    folder = tmp_path_factory.mktemp("words")
    built(folder, level=1, passes={"minify-schema": False})
    return folder


def sidecar(name: str) -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8"))


def renderings(folder: Path, name: str) -> list[str]:
    """What stock Jinja2 makes of a template's samples; a variable that is missing raises."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined
    )
    template = environment.get_template(name)
    return [template.render(sample.get("vars", {})) for sample in sidecar(name)["samples"]]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_render_the_same_words_before_and_after(name: str, reworded_nowhere: Path) -> None:
    before = renderings(TEMPLATES, name)
    assert len(before) >= 2
    same = renderings(reworded_nowhere, name)
    assert [words(text) for text in before] == [words(text) for text in same]


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_state_the_same_facts_before_and_after(
    name: str, compiled: Path, tmp_path: Path
) -> None:
    """Beside -O1, that drops members of a JSON schema."""
    built(tmp_path, level=1)
    for old, new in zip(renderings(tmp_path, name), renderings(compiled, name), strict=True):
        found = Facts().check(old, new)
        assert found.passed, found.detail
        assert len(new) <= len(old)


def test_the_prompt_that_grew_gets_shorter(compiled: Path) -> None:
    (before, _), (after, _) = (
        renderings(folder, "meeting_notes.j2") for folder in (TEMPLATES, compiled)
    )
    assert len(words(after)) < 0.9 * len(words(before))
    assert before.count("Only record a decision") == 2
    assert after.count("Only record a decision") == 1


@pytest.mark.parametrize("name", SAMPLED)
def test_answers_stand_in_the_prompt_before_and_after(name: str, compiled: Path) -> None:
    questions = sidecar(name)["questions"]
    assert len(questions) >= 2
    for folder in (TEMPLATES, compiled):
        prompts = [f" {' '.join(words(text))} " for text in renderings(folder, name)]
        for question in questions:
            answers = [f" {' '.join(words(answer))} " for answer in question["answers"]]
            assert any(answer in text for answer in answers for text in prompts), question["ask"]


def test_every_template_has_samples_or_is_part_of_one_that_has() -> None:
    texts = [(TEMPLATES / name).read_text(encoding="utf-8") for name in NAMES]
    for name in set(NAMES) - set(SAMPLED):
        assert any(f'"{name}"' in text for text in texts), name


def test_the_examples_build_without_an_undone_edit(tmp_path: Path) -> None:
    result = built(tmp_path / "once")
    assert [file.name for file in result.files] == NAMES
    assert [step.undone for file in result.files for step in file.steps if step.undone] == []
    (note,) = (note for file in result.files for note in file.notes)
    assert note.endswith("this document is left as it is: -O3 runs outline-docs")


def test_building_the_build_changes_nothing(tmp_path: Path) -> None:
    built(tmp_path / "once")
    again = built(tmp_path / "twice", tmp_path / "once")
    assert [file.name for file in again.files] == NAMES
    assert [file.name for file in again.files if file.changed] == []


def test_the_hook_is_the_same_under_both_names() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert hooks == (ROOT / "pre-commit-hooks.yaml").read_text()
    patterns = re.findall(r"^  files: (.+)$", hooks, re.MULTILINE)
    wanted = ["a/ask.j2", "ask.prompty.toml", "promptc.toml"]
    assert len(patterns) == hooks.count("- id: ") == 3
    for files in patterns:
        assert all(re.search(files, name) for name in wanted)
        assert not re.search(files, "promptc/cli/build.py")
    assert re.search(patterns[-1], "build/promptc.lock")


def imported() -> Iterator[str]:
    """The top names of every module that the package imports."""
    for path in (ROOT / "promptc").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def requirement(line: str) -> str:
    """The normal form of the name that *line* asks for."""
    return re.split(r"[^\w.-]", line)[0].lower().replace("_", "-")


def test_the_dependencies_are_what_is_imported() -> None:
    foreign = set(imported()) - sys.stdlib_module_names - {"promptc"}
    distributions = importlib.metadata.packages_distributions()
    needed = {requirement(distributions[name][0]) for name in foreign}
    # BeautifulSoup imports lxml by its name.
    needed.add("lxml")
    assert needed == set(map(requirement, PYPROJECT["project"]["dependencies"]))


def test_constraints_pin_what_is_installed() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {requirement(line) for line in lines if "==" in line}
    asked = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]
    assert set(map(requirement, asked)) <= pinned


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The package as it is installed."""
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(os.fspath(ROOT)).build(directory=os.fspath(folder))
    return zipfile.ZipFile(path)


def test_the_wheel_holds_all_that_the_package_needs(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if name.startswith("promptc/")}
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "promptc").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == here
    assert {"promptc/py.typed", "promptc/data/o200k_base.bpe.xz"} <= packed
    assert {"promptc/schemas/lock.schema.json", "promptc/data/promptc.toml.example"} <= packed


def test_the_wheel_carries_license_version_and_requirements(wheel: zipfile.ZipFile) -> None:
    info = f"promptc_compiler-{promptc.__version__}.dist-info"
    for name in ("LICENSE", "NOTICE"):
        assert wheel.read(f"{info}/licenses/{name}") == (ROOT / name).read_bytes()
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {promptc.__version__}\n" in metadata
    listed = re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE)
    required = {requirement(each) for each in listed if "extra ==" not in each}
    assert required == set(map(requirement, PYPROJECT["project"]["dependencies"]))
    assert not required & {"torch", "transformers", "llmlingua", "sentence-transformers"}
    assert b"promptc = promptc.cli:main" in wheel.read(f"{info}/entry_points.txt")


def test_the_changelog_starts_with_this_version() -> None:
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == promptc.__version__


def test_the_notice_names_files_that_are_there() -> None:
    named = re.findall(r"promptc/[\w./]+\w", (ROOT / "NOTICE").read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_ci_runs_what_a_contributor_runs() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make")] == ["make test", "make check"]
