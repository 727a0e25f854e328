"""The models inside the package are loaded when first asked for, once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import promptc.models
from promptc.models import embedder, embedder_version, scorer, word_vectors
from promptc.models.packed import DATA


def test_importing_loads_nothing_heavy() -> None:
    code = "import promptc.models, sys; print({'numpy', 'tokenizers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("ask", [embedder, word_vectors, scorer])
def test_threads_get_the_same_object(ask: object) -> None:
    assert callable(ask)
    promptc.models._encoder.cache_clear()
    promptc.models._static.cache_clear()
    promptc.models._frequency.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = {id(each) for each in pool.map(lambda _: ask(), range(16))}
    assert len(found) == 1


def test_the_scorer_has_the_name_it_is_asked_by() -> None:
    assert scorer().name == "embedded"


@pytest.mark.parametrize(
    ("asked", "name", "dims"),
    [
        ("embedded", "all-MiniLM-L6-v2-int8", 384),
        ("static", "all-MiniLM-L6-v2-static-256", 256),
    ],
)
def test_the_embedders_say_what_they_are(asked: str, name: str, dims: int) -> None:
    found = embedder(asked)
    assert (found.name, found.dims) == (name, dims)
    assert found.version == embedder_version(asked)
    assert len(found.version) == 12


def test_the_models_are_small() -> None:
    assert (DATA / "encoder.bin").stat().st_size <= 24_000_000
    assert (DATA / "embedder.bin").stat().st_size <= 8_000_000
    assert (DATA / "frequencies.bin").stat().st_size <= 600_000
