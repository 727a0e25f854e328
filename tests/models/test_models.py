"""The models inside the package are loaded when first asked for, once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import promptc.models
from promptc.models import embedder, scorer
from promptc.models.packed import DATA


def test_importing_loads_nothing_heavy() -> None:
    code = "import promptc.models, sys; print({'numpy', 'tokenizers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("ask", [embedder, scorer])
def test_threads_get_the_same_object(ask: object) -> None:
    assert callable(ask)
    promptc.models._embedder.cache_clear()
    promptc.models._frequency.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = {id(each) for each in pool.map(lambda _: ask(), range(16))}
    assert len(found) == 1


def test_the_scorer_has_the_name_it_is_asked_by() -> None:
    assert scorer().name == "embedded"


def test_the_embedder_says_what_it_is() -> None:
    found = embedder()
    assert (found.name, found.dims) == ("all-MiniLM-L6-v2-static-256", 256)
    assert len(found.version) == 12


def test_the_models_are_small() -> None:
    assert (DATA / "embedder.bin").stat().st_size <= 8_000_000
    assert (DATA / "frequencies.bin").stat().st_size <= 600_000
