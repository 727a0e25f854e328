"""Tokenizers by model name. Nothing is loaded before the first count that needs it."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from promptc.errors import ConfigError, TemplateError
from promptc.protocols import Tokenizer
from promptc.tokens.encodings import load_encoding
from promptc.tokens.families import family, message_overhead

if TYPE_CHECKING:
    from tokenizers import Tokenizer as RustTokenizer

_REMEMBERED = 8192
_LONG = 256

# tiktoken's pattern steps back over a run of white space and aborts on a run of about a million.
_LONGEST_SPACE = 250_000
_SPACE = re.compile(r"\s+")


class Memo:
    """Remembers the counts of the last few thousand texts. Safe from many threads.

    A long text is remembered by its hash, so that the memo stays small.
    """

    def __init__(self) -> None:
        self._counts: dict[str | bytes, int] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        return Memo, ()

    def get(self, text: str, count: Callable[[str], int]) -> int:
        """Look up the count of *text*, else ask *count*."""
        key = text if len(text) <= _LONG else _digest(text)
        found = self._counts.get(key)
        return self._put(key, count(text)) if found is None else found

    def _put(self, key: str | bytes, tokens: int) -> int:
        with self._lock:
            self._counts[key] = tokens
            if len(self._counts) > _REMEMBERED:
                del self._counts[next(iter(self._counts))]
        return tokens


@dataclass(eq=False)
class EncodingTokenizer:
    """Counts with a byte-pair encoding: the model's own, or a stand-in with a ``~`` to its name.

    *reason* says why this encoding stands in. With *special*, special tokens in a text count as
    one each.
    """

    name: str
    exact: bool
    encoding: str
    reason: str = ""
    special: bool = False
    _memo: Memo = field(default_factory=Memo, repr=False)

    def count(self, text: str) -> int:
        """Tokens of *text*. A lone surrogate counts as the replacement character."""
        return self._memo.get(text, self._tokens) if text else 0

    def _tokens(self, text: str) -> int:
        _refuse_endless_space(text)
        encoding = load_encoding(self.encoding)
        if self.special:
            return len(encoding.encode(text, allowed_special="all"))
        return len(encoding.encode_ordinary(text))


@dataclass(eq=False)
class FileTokenizer:
    """Counts with the `tokenizer.json` of a model. Nothing is added at a text's ends."""

    name: str
    exact: bool
    _tokenizer: RustTokenizer = field(repr=False)
    _memo: Memo = field(default_factory=Memo, repr=False)

    def count(self, text: str) -> int:
        """Tokens of *text*. A lone surrogate counts as the replacement character."""
        return self._memo.get(text, self._tokens)

    def _tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(_encodable(text), add_special_tokens=False))


def get_tokenizer(
    model: str, *, tokenizer_file: str | Path | None = None, special: bool = False
) -> Tokenizer:
    """Choose what counts tokens for *model*.

    An OpenAI model is counted with its own encoding. Any other is counted with an encoding that
    stands in for its tokenizer, unscaled: ``exact`` is false and the name starts with ``~``. With
    *tokenizer_file*, the model's `tokenizer.json`, the count is exact whatever the model.
    *special* counts special tokens, such as ``<|endoftext|>``, as one each where the encoding has
    them: right for a chat template, wrong for text that users write.

    Raises ``ConfigError`` for a model that is unknown and a file that can't be used.

    >>> get_tokenizer("gpt-4o").count("Prompts cost money.")
    5
    >>> get_tokenizer("claude-sonnet-4-5").name
    '~o200k_base'
    """
    if tokenizer_file is not None:
        return _from_text(_read(Path(tokenizer_file)), str(tokenizer_file), special)
    found = family(model)
    return _from_encoding(found.encoding, found.exact, found.reason, special)


def fits(text: str, limit: int) -> bool:
    """Whether *text* is at most *limit* tokens for sure, without loading a vocabulary.

    A byte-level encoding never makes more tokens than the text has bytes. False means "count it".
    Holds for every `EncodingTokenizer`; a `tokenizer.json` may add what the text doesn't have.

    >>> fits("short", 5), fits("für", 3)
    (True, False)
    """
    return len(text) <= limit and len(text.encode("utf-8", "surrogatepass")) <= limit


@functools.cache
def _from_encoding(encoding: str, exact: bool, reason: str, special: bool) -> Tokenizer:
    name = encoding if exact else f"~{encoding}"
    return EncodingTokenizer(name, exact, encoding, reason, special)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the tokenizer file can't be read ({error})") from error


@functools.lru_cache(maxsize=4)
def _from_text(text: str, path: str, special: bool) -> Tokenizer:
    """Build the tokenizer that *text* describes; its name holds the text's hash."""
    from tokenizers import Tokenizer as RustTokenizer

    try:
        json.loads(text)
        tokenizer = RustTokenizer.from_str(text)
    except Exception as error:
        # tokenizers raises nothing narrower.
        raise ConfigError(
            f"{path}: not a tokenizer.json ({error}); give the file of that name from the model's "
            "repository"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = not special
    return FileTokenizer(f"tokenizer.json:{_digest(text).hex()[:12]}", True, tokenizer)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _encodable(text: str) -> str:
    """*text* with surrogate pairs joined and lone surrogates replaced."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _refuse_endless_space(text: str) -> None:
    if len(text) <= _LONGEST_SPACE:
        return
    longest = max((len(run[0]) for run in _SPACE.finditer(text)), default=0)
    if longest > _LONGEST_SPACE:
        raise TemplateError(
            f"{longest:,} characters of white space in a row can't be counted; "
            f"shorten them to {_LONGEST_SPACE:,} at most"
        )


__all__ = [
    "EncodingTokenizer", "FileTokenizer", "Tokenizer", "fits", "get_tokenizer", "message_overhead",
]  # fmt: skip
