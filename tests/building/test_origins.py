from __future__ import annotations

from pathlib import Path

import pytest

from promptc.building.origins import relative, shared, trusted
from promptc.config import Config

WAYS = {
    ("a/templates", "a/build"): "../templates",
    ("a", "a/build"): "..",
    ("a", "a"): ".",
    ("a/build/templates", "a/build"): "templates",
    ("a/src/prompts", "a/dist/chat"): "../../src/prompts",
}


@pytest.mark.parametrize("places", WAYS)
def test_a_folder_is_named_by_the_way_to_it(tmp_path: Path, places: tuple[str, str]) -> None:
    root, out = (tmp_path / each for each in places)
    assert relative(root, out) == WAYS[places]
    assert (out / relative(root, out)).resolve() == root


def test_a_project_is_a_repository_or_the_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    root, out, config = tmp_path / "p" / "templates", tmp_path / "p" / "build", Config()
    assert not shared(root, out, config)
    assert shared(root, out, Config(root=tmp_path / "p"))
    assert not shared(root, tmp_path / "build", Config(root=tmp_path / "p"))
    (tmp_path / "p" / ".git").mkdir(parents=True)
    assert shared(root, out, config)


def test_a_root_counts_for_files_of_its_own_project_and_the_nearest_counts_first(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "p" / "templates"
    roots = [tmp_path, inner.parent, inner, tmp_path / "q", Path("/")]
    config = Config(root=inner.parent)
    assert trusted(roots, [inner / "ask.j2"], config) == (inner, inner.parent)
    assert trusted(roots, [], config) == ()
