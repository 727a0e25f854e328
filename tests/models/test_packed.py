"""Model files come back as they were written, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from promptc.errors import PromptcError
from promptc.models.packed import join_words, load, pack, unpack, version

ARRAYS: dict[str, NDArray[Any]] = {
    "random": np.random.default_rng(0).integers(-127, 128, (20, 16)).astype(np.int8),
    "flat": np.zeros((2, 3, 4), np.uint16),
    "wide": np.arange(5, dtype=">u4"),
    "words": join_words(["zug", "über", "##s", "猫"]),
}
FILE = pack({"name": "small"}, ARRAYS)


def test_a_file_comes_back_as_it_was_written() -> None:
    model = unpack(FILE, "small.bin")
    assert model.facts == {"name": "small"}
    assert model.words("words") == ["zug", "über", "##s", "猫"]
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(model.arrays[name], array)
        assert model.arrays[name].dtype.kind == array.dtype.kind


def test_equal_weights_have_equal_versions_and_others_not() -> None:
    assert pack({"name": "small"}, ARRAYS) == FILE
    other = pack({"name": "small"}, ARRAYS | {"wide": np.arange(1, 6, dtype=">u4")})
    assert unpack(other, "other").version != unpack(FILE, "small").version


@pytest.mark.parametrize("at", [0, 17, 30, len(FILE) // 2, len(FILE) - 40, len(FILE) - 1])
def test_a_changed_byte_is_found(at: int) -> None:
    damaged = bytearray(FILE)
    damaged[at] ^= 1
    with pytest.raises(PromptcError, match=r"small\.bin: (damaged|not a promptc model)"):
        unpack(bytes(damaged), "small.bin")


@pytest.mark.parametrize("length", [0, 10, 16, 20, 60, len(FILE) - 1])
def test_a_file_cut_short_is_found(length: int) -> None:
    with pytest.raises(PromptcError, match="install promptc again"):
        unpack(FILE[:length], "small.bin")


@pytest.mark.parametrize("read", [load, version])
def test_a_missing_file_is_named(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(PromptcError, match=r"gone\.bin: can't be read .*; install promptc again"):
        read(tmp_path / "gone.bin")


def test_the_version_is_read_without_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    path.write_bytes(FILE)
    assert version(path) == unpack(FILE, "small").version
