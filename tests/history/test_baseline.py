from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import ConfigError
from promptc.history.baseline import Baseline, Recorded, key, load, refuse_other, save, tightened

NAMES = st.sampled_from(["a.j2", "b.j2", "über/c.j2"])
COUNTS = st.builds(Recorded, st.integers(0, 2000).map(lambda n: n / 4), st.integers(0, 500))
BASELINES = st.builds(
    Baseline, st.just("gpt-4o"), st.just("o200k_base"), st.dictionaries(NAMES, COUNTS)
)


@given(BASELINES)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, found: Baseline) -> None:
    path = tmp_path_factory.mktemp("baseline") / "promptc-baseline.json"
    save(path, found)
    assert load(path) == found


@given(BASELINES, BASELINES)
def test_an_update_never_raises_an_entry(old: Baseline, now: Baseline) -> None:
    new = tightened(old, now).baseline.templates
    for name, each in old.templates.items():
        assert new[name].tokens <= each.tokens
        assert new[name].worst <= each.worst
    assert new.keys() == old.templates.keys() | now.templates.keys()


@given(BASELINES, BASELINES)
def test_a_second_update_changes_nothing(old: Baseline, now: Baseline) -> None:
    first = tightened(old, now)
    again = tightened(first.baseline, now)
    assert again.baseline == first.baseline
    assert (again.added, again.lowered, again.removed) == ((), (), ())
    assert again.grown == first.grown


def test_an_update_says_what_it_did() -> None:
    old = _baseline(a=100, b=100, c=100, gone=5)
    update = tightened(old, _baseline(a=90, b=110, c=100, d=7), gone=["gone.j2", "other.j2"])
    assert update.baseline == _baseline(a=90, b=100, c=100, d=7)
    assert update[1:] == (("d.j2",), ("a.j2",), ("gone.j2",), ("b.j2",))


def test_without_a_baseline_everything_is_added() -> None:
    assert tightened(None, _baseline(a=1)).added == ("a.j2",)


def test_entries_are_named_from_the_folder_of_the_file(tmp_path: Path) -> None:
    assert (
        key(tmp_path / "prompts" / "ask.j2", tmp_path / "promptc-baseline.json") == "prompts/ask.j2"
    )
    assert key(tmp_path / "ask.j2", tmp_path / "ci" / "baseline.json") == "../ask.j2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("[]", "a table is expected here"),
        ("{}", "version None"),
        ('{"version": 2}', "version 2"),
        ('{"version": 1, "modle": ""}', "unknown key 'modle'; did you mean 'model'?"),
        ('{"version": 1, "model": 3}', "'model' is a name, not 3"),
        ('{"version": 1, "model": "m", "tokenizer": "t"}', "templates: a table is expected here"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, told: str) -> None:
    _refused(tmp_path, text, told)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("3", "'a.j2': a table is expected here, not 3"),
        ('{"tokens": 1}', "'a.j2': 'worst' is a number of tokens from 0 up, not None"),
        ('{"tokens": -1, "worst": 1}', "'tokens' is a number of tokens from 0 up, not -1"),
        ('{"tokens": NaN, "worst": 1}', "'tokens' is a number of tokens"),
        ('{"tokens": true, "worst": 1}', "'tokens' is a number of tokens"),
        ('{"tokens": 1, "worst": 1.5}', "'worst' is a number of tokens from 0 up, not 1.5"),
        ('{"tokens": 1, "worst": 1, "most": 2}', "unknown key 'most'"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, entry: str, told: str) -> None:
    head = '{"version": 1, "model": "m", "tokenizer": "t", "templates": {"a.j2": '
    _refused(tmp_path, f"{head}{entry}}}}}", told)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"promptc-baseline\.json"):
        load(tmp_path / "promptc-baseline.json")


def test_a_baseline_of_another_tokenizer_is_refused() -> None:
    with pytest.raises(ConfigError, match="counted with o200k_base"):
        refuse_other(_baseline(), Path("b.json"), tokenizer="cl100k_base")


def _baseline(**counts: int) -> Baseline:
    templates = {f"{name}.j2": Recorded(count, count) for name, count in counts.items()}
    return Baseline("gpt-4o", "o200k_base", templates)


def _refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "promptc-baseline.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert told in str(error.value)
    assert "promptc-baseline.json" in str(error.value)
