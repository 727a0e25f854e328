"""The byte-pair encodings: two vocabularies inside the package, the rest as tiktoken gets them."""

from __future__ import annotations

import functools
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from promptc.errors import ConfigError

if TYPE_CHECKING:
    from tiktoken import Encoding

_DATA = Path(__file__).parent.parent / "data"


class Definition(NamedTuple):
    """How an encoding splits and merges: the table of ranks, the pattern, the special tokens."""

    vocabulary: str
    pattern: str
    special: dict[str, int]


# The patterns and special tokens are those of tiktoken_ext/openai_public.py (MIT, see NOTICE).
_O200K_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
_CL100K_PATTERN = "|".join(
    [
        r"'(?i:[sdmt]|ll|ve|re)",
        r"[^\r\n\p{L}\p{N}]?+\p{L}++",
        r"\p{N}{1,3}+",
        r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
        r"\s++$",
        r"\s*[\r\n]",
        r"\s+(?!\S)",
        r"\s",
    ]
)
_O200K_SPECIAL = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}
_CL100K_SPECIAL = {
    "<|endoftext|>": 100257,
    "<|fim_prefix|>": 100258,
    "<|fim_middle|>": 100259,
    "<|fim_suffix|>": 100260,
    "<|endofprompt|>": 100276,
}
_HARMONY_NAMES = {
    "startoftext": 199998,
    "endoftext": 199999,
    "return": 200002,
    "constrain": 200003,
    "channel": 200005,
    "start": 200006,
    "end": 200007,
    "message": 200008,
    "call": 200012,
}
_HARMONY_RESERVED = (200000, 200001, 200004, 200009, 200010, 200011, *range(200013, 201088))
_HARMONY_SPECIAL = {
    **_O200K_SPECIAL,
    **{f"<|{name}|>": rank for name, rank in _HARMONY_NAMES.items()},
    **{f"<|reserved_{rank}|>": rank for rank in _HARMONY_RESERVED},
}

SHIPPED = {
    "o200k_base": Definition("o200k_base", _O200K_PATTERN, _O200K_SPECIAL),
    "o200k_harmony": Definition("o200k_base", _O200K_PATTERN, _HARMONY_SPECIAL),
    "cl100k_base": Definition("cl100k_base", _CL100K_PATTERN, _CL100K_SPECIAL),
}

_loading = threading.Lock()


def load_encoding(name: str) -> Encoding:
    """Build the encoding *name*, once per process.

    Those in ``SHIPPED`` come from the package. Any other is read from tiktoken's cache or
    downloaded; ``ConfigError`` where that can't be done.
    """
    with _loading:
        return _build(name) if name in SHIPPED else _fetch(name)


def vocabulary(name: str) -> tuple[bytes, ...]:
    """Read the tokens of a shipped vocabulary; a token's place is its rank."""
    import lzma

    data = lzma.decompress((_DATA / f"{name}.bpe.xz").read_bytes())
    first = 4 + int.from_bytes(data[:4], "little")
    # One unpack with a field per token is twice as fast as slicing token by token.
    fields = [f"{length}s" for length in range(256)]
    layout = struct.Struct("".join([fields[length] for length in data[4:first]]))
    return layout.unpack_from(data, first)


@functools.cache
def _build(name: str) -> Encoding:
    from tiktoken import Encoding

    definition = SHIPPED[name]
    tokens = vocabulary(definition.vocabulary)
    return Encoding(
        name,
        pat_str=definition.pattern,
        mergeable_ranks=dict(zip(tokens, range(len(tokens)), strict=True)),
        special_tokens=definition.special,
    )


@functools.cache
def _fetch(name: str) -> Encoding:
    import tiktoken

    try:
        return tiktoken.get_encoding(name)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the encoding {name!r} is not in the package and could not be downloaded "
            f"({error}); go online once, or set TIKTOKEN_CACHE_DIR to a folder that holds it"
        ) from error
