"""The files that hold the embedded models: named arrays, a few facts, and a checksum.

A file is a line that names the format, the length of a JSON header in four bytes (little-endian),
the header, the sections and the SHA-256 of all that. Sections stand one after the other; the header
gives each one's type, shape and size, and whether zlib packed it. Only numpy reads them.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptc.errors import PromptcError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"promptc model 1\n"
DATA = Path(__file__).parent.parent / "data"

_CHECKSUM = 32
_LENGTH = 4

# A section that packing makes no smaller than this is stored as it is: it loads faster.
_WORTH_PACKING = 0.8


@dataclass(frozen=True)
class Model:
    """What a file holds. *version* is the start of its checksum: equal versions, equal weights."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    version: str

    def words(self, name: str) -> list[str]:
        """Read the section *name*, a list of words that `join_words` wrote."""
        return self.arrays[name].tobytes().decode().split("\n")

    def index(self, name: str) -> dict[str, int]:
        """Where each word of the section *name* stands."""
        words = self.words(name)
        # Several times as fast as a comprehension.
        return dict(zip(words, range(len(words)), strict=True))


def join_words(words: list[str]) -> NDArray[np.uint8]:
    """Write *words*, none of which holds a line end, as the bytes of one section."""
    import numpy as np

    return np.frombuffer("\n".join(words).encode(), np.uint8)


def pack(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write a model file. Equal arguments give equal bytes where zlib is the same."""
    sections, bodies = [], []
    for name, array in arrays.items():
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        small = zlib.compress(raw, 9)
        packed = len(small) < _WORTH_PACKING * len(raw)
        bodies.append(small if packed else raw)
        sections.append(
            {
                "name": name,
                "type": array.dtype.newbyteorder("<").str,
                "shape": array.shape,
                "bytes": len(bodies[-1]),
                "packed": packed,
            }
        )
    header = json.dumps({"facts": dict(facts), "sections": sections}, sort_keys=True).encode()
    body = b"".join([MAGIC, len(header).to_bytes(_LENGTH, "little"), header, *bodies])
    return body + hashlib.sha256(body).digest()


def load(path: Path) -> Model:
    """Read the model file at *path*; raises `PromptcError` where it is missing or damaged."""
    return unpack(_mapped(path), str(path))


def version(path: Path) -> str:
    """The version of the model file at *path*, as it says itself; errors are those of `load`."""
    return _version(_mapped(path)[-_CHECKSUM:])


def _mapped(path: Path) -> mmap.mmap:
    """The file at *path*, whose bytes all processes share."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PromptcError(f"{path}: can't be read ({error}); install promptc again") from error


def unpack(data: bytes | mmap.mmap, name: str) -> Model:
    """Read what `pack` wrote; *name* says in errors where *data* is from.

    The arrays of sections that are not packed are views of *data*.
    """
    view = memoryview(data)
    body, checksum = view[:-_CHECKSUM], bytes(view[-_CHECKSUM:])
    if view[: len(MAGIC)] != MAGIC:
        raise PromptcError(f"{name}: not a promptc model file; install promptc again")
    if hashlib.sha256(body).digest() != checksum:
        raise PromptcError(f"{name}: damaged, its checksum does not match; install promptc again")
    first = len(MAGIC) + _LENGTH
    end = first + int.from_bytes(body[len(MAGIC) : first], "little")
    header = json.loads(bytes(body[first:end]))
    return Model(header["facts"], _sections(body[end:], header["sections"]), _version(checksum))


def _version(checksum: bytes) -> str:
    return checksum.hex()[:12]


def _sections(body: memoryview, sections: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    import numpy as np

    found: dict[str, NDArray[Any]] = {}
    start = 0
    for section in sections:
        raw = body[start : start + section["bytes"]]
        start += section["bytes"]
        buffer = zlib.decompress(raw) if section["packed"] else raw
        found[section["name"]] = np.frombuffer(buffer, section["type"]).reshape(section["shape"])
    return found
