from __future__ import annotations

import base64
import hashlib
import pickle
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptc.errors import ConfigError, TemplateError
from promptc.tokens import EncodingTokenizer, fits, get_tokenizer, message_overhead
from promptc.tokens.encodings import SHIPPED, load_encoding, vocabulary
from promptc.tokens.families import bare_name, family

PUBLISHED = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}

EXACT = {
    "gpt-5": "o200k_base",
    "gpt-5.6-luna": "o200k_base",
    "gpt-5-mini-2025-08-07": "o200k_base",
    "gpt-4.1-nano": "o200k_base",
    "gpt-4o": "o200k_base",
    "GPT-4o-mini": "o200k_base",
    "chatgpt-4o-latest": "o200k_base",
    "o1-preview": "o200k_base",
    "o3-mini": "o200k_base",
    "o4-mini-deep-research": "o200k_base",
    "gpt-oss-120b": "o200k_harmony",
    "gpt-4": "cl100k_base",
    "gpt-4-turbo-2024-04-09": "cl100k_base",
    "gpt-3.5-turbo-16k": "cl100k_base",
    "text-embedding-3-large": "cl100k_base",
    "text-davinci-003": "p50k_base",
    "ft:gpt-4o-2024-08-06:acme::7p4l": "o200k_base",
    "ft:gpt-4.1-mini:acme::7p4l": "o200k_base",
    "ft:gpt-3.5-turbo:acme::7p4l": "cl100k_base",
    "openai/gpt-4o": "o200k_base",
    "azure/gpt-35-turbo": "cl100k_base",
    "openrouter/openai/gpt-4o:free": "o200k_base",
    "cl100k_base": "cl100k_base",
}

STAND_IN = {
    "claude-sonnet-4-5": "~o200k_base",
    "anthropic/claude-3-5-sonnet-20240620": "~o200k_base",
    "bedrock/us.anthropic.claude-3-haiku-20240307-v1:0": "~o200k_base",
    "vertex_ai/claude-3-5-sonnet@20240620": "~o200k_base",
    "gemini/gemini-2.5-pro": "~o200k_base",
    "meta-llama/Llama-3.1-8B-Instruct": "~cl100k_base",
    "bedrock/meta.llama3-1-70b-instruct-v1:0": "~cl100k_base",
    "ollama/llama2:13b": "~o200k_base",
    "llama-30b": "~o200k_base",
    "mistral-large-latest": "~o200k_base",
    "mixtral-8x7b": "~o200k_base",
    "deepseek/deepseek-chat": "~o200k_base",
    "qwen2.5-72b-instruct": "~cl100k_base",
    "xai/grok-4": "~o200k_base",
    "command-r-plus": "~o200k_base",
    "amazon.nova-lite-v1:0": "~o200k_base",
    "phi-4": "~cl100k_base",
    "gpt-6-sol": "~o200k_base",
}

# Each text is split by hand at the borders of its tokens.
SPLIT = {
    "o200k_base": ["Hello| world", "Never| bill| |123|4| times|!", "don't|\n\n", "a|   | b"],
    "cl100k_base": ["Hello| world", "Never| bill| |123|4| times|!", "don|'t|\n\n", "a|   | b"],
}

TOKENIZER_JSON = {
    "version": "1.0",
    "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
    "padding": None,
    "added_tokens": [
        {"id": 3, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True},
    ],
    "normalizer": None,
    "pre_tokenizer": {"type": "WhitespaceSplit"},
    "post_processor": {
        "type": "BertProcessing", "sep": ["<s>", 3], "cls": ["<s>", 3],
    },
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"?": 0, "bill": 1, "me": 2, "<s>": 3},
              "unk_token": "?"},
}  # fmt: skip


def published(name: str) -> bytes:
    lines = (
        base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(vocabulary(name))
    )
    return b"".join(lines)


@cache
def ranks_of(name: str) -> dict[bytes, int]:
    return {token: rank for rank, token in enumerate(vocabulary(name))}


def slow_count(text: str, name: str) -> int:
    """Merge byte pairs the slow way: of all neighbors, always the pair of the lowest rank."""
    ranks = ranks_of(SHIPPED[name].vocabulary)
    total = 0
    for piece in import_module("regex").findall(SHIPPED[name].pattern, text):
        parts = [bytes([byte]) for byte in piece.encode()]
        while True:
            pairs = [ranks.get(a + b) for a, b in pairwise(parts)]
            known = [rank for rank in pairs if rank is not None]
            if not known:
                break
            at = pairs.index(min(known))
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        total += len(parts)
    return total


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_packed_vocabulary_is_the_published_one(name: str) -> None:
    assert hashlib.sha256(published(name)).hexdigest() == PUBLISHED[name]


def test_the_readme_tells_how_to_pack_a_vocabulary() -> None:
    import lzma

    data = files("promptc") / "data"
    code = re.search(r"```python\n(.*?)```", (data / "README.md").read_text("utf-8"), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code[1] if code else "", scope)
    packed = scope["pack"](published("cl100k_base"))
    shipped = (data / "cl100k_base.bpe.xz").read_bytes()
    assert lzma.decompress(packed) == lzma.decompress(shipped)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_encoding_is_defined_as_in_tiktoken(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai_public = import_module("tiktoken_ext.openai_public")
    hashes: list[str] = []

    def no_download(url: str, expected_hash: str) -> dict[bytes, int]:
        hashes.append(expected_hash)
        return {}

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", no_download)
    theirs = openai_public.ENCODING_CONSTRUCTORS[name]()
    assert theirs["pat_str"] == SHIPPED[name].pattern
    assert theirs["special_tokens"] == SHIPPED[name].special
    assert hashes == [PUBLISHED[SHIPPED[name].vocabulary]]


def test_every_model_that_tiktoken_knows_has_the_same_encoding() -> None:
    from tiktoken.model import MODEL_PREFIX_TO_ENCODING, MODEL_TO_ENCODING

    named = dict(MODEL_TO_ENCODING)
    for prefix, encoding in MODEL_PREFIX_TO_ENCODING.items():
        named[prefix.rstrip("-") + "-2024-08-06"] = encoding
    assert {model: family(model) for model in named} == {
        model: (encoding, True, "") for model, encoding in named.items()
    }


@pytest.mark.parametrize(("model", "encoding"), EXACT.items())
def test_an_openai_model_counts_with_its_own_encoding(model: str, encoding: str) -> None:
    tokenizer = get_tokenizer(model)
    assert (tokenizer.name, tokenizer.exact) == (encoding, True)


@pytest.mark.parametrize(("model", "name"), STAND_IN.items())
def test_another_model_counts_with_a_stand_in_that_says_so(model: str, name: str) -> None:
    tokenizer = get_tokenizer(model)
    assert (tokenizer.name, tokenizer.exact) == (name, False)
    assert isinstance(tokenizer, EncodingTokenizer) and tokenizer.reason
    assert tokenizer.count("Never bill twice.") == get_tokenizer(name[1:]).count(
        "Never bill twice."
    )


@pytest.mark.parametrize(
    ("model", "near"),
    [("gtp-4o", "'gpt-4o'"), ("cluade-3-5-sonnet", "'claude'"), ("gpt-4.7", "'gpt-4.5'")],
)
def test_an_unknown_model_is_an_error_that_names_the_nearest(model: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf"{re.escape(repr(model))}.*did you mean.*{near}"):
        get_tokenizer(model)


@pytest.mark.parametrize("model", ["", "/", "ft:", "ft", ":", "microsoft:phi"])
def test_an_odd_name_is_an_error_and_no_crash(model: str) -> None:
    with pytest.raises(ConfigError):
        get_tokenizer(model)


def test_a_model_name_that_contains_ft_is_not_taken_for_a_fine_tune() -> None:
    assert bare_name("microsoft/phi-4") == "phi-4"


@pytest.mark.parametrize("name", SPLIT)
def test_counts_match_texts_split_by_hand(name: str) -> None:
    tokenizer = get_tokenizer(name)
    for split in SPLIT[name]:
        parts = split.split("|")
        assert tokenizer.count("".join(parts)) == len(parts), split
        assert load_encoding(name).decode_tokens_bytes(
            load_encoding(name).encode_ordinary("".join(parts))
        ) == [part.encode() for part in parts]


@pytest.mark.parametrize("name", PUBLISHED)
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60) | st.text("aB '\n\r\t/é中1.\u00a0\u0301", max_size=60))
@example(text="Don't pay 12345 €\r\n\r\n  now/\n \U0001f469\u200d\U0001f680")
def test_counts_match_the_slow_twin(name: str, text: str) -> None:
    assert get_tokenizer(name).count(text) == slow_count(text, name)


@given(st.text(st.characters(), max_size=200))
@example("\ud83d\ude00 and \ud800 alone")
def test_a_text_never_has_more_tokens_than_bytes(text: str) -> None:
    tokens = get_tokenizer("gpt-4o").count(text)
    assert tokens <= len(text.encode("utf-8", "surrogatepass"))
    assert not fits(text, tokens - 1)


def test_special_token_text_counts_as_text_unless_asked() -> None:
    text = "a<|endoftext|>b"
    assert get_tokenizer("gpt-4o").count(text) == 9
    assert get_tokenizer("gpt-4o", special=True).count(text) == 3
    chat = "<|start|>user<|message|>Hi<|end|>"
    assert get_tokenizer("gpt-oss-20b", special=True).count(chat) == 5
    assert get_tokenizer("gpt-oss-20b").count(chat) > 5


@pytest.mark.parametrize("unit", ["a", "aB", "=", "/", "é", "中", "\u0301", "'s", " a"])
def test_a_long_text_without_a_break_is_counted_in_seconds(unit: str) -> None:
    started = time.process_time()
    tokens = get_tokenizer("gpt-4o").count(unit * (1_000_000 // len(unit)))
    assert 0 < tokens <= 1_000_000
    assert time.process_time() - started < 10


def test_endless_white_space_is_an_error_where_tiktoken_would_abort() -> None:
    with pytest.raises(TemplateError, match=r"1,000,000 characters of white space .* 250,000"):
        get_tokenizer("gpt-4o").count("a" + " " * 1_000_000 + "b")


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("space", " \t\u3000")
def test_the_longest_white_space_that_is_let_through_is_counted(name: str, space: str) -> None:
    assert get_tokenizer(name).count("a" + space * 250_000 + "b") > 2


def test_counting_a_text_twice_tokenizes_once() -> None:
    tokenizer = get_tokenizer("gpt-4o")
    text = "Refunds take five days. " * 40_000
    started = time.perf_counter()
    first = tokenizer.count(text)
    once = time.perf_counter() - started
    started = time.perf_counter()
    assert tokenizer.count(text) == first
    assert time.perf_counter() - started < once / 5


def test_the_memo_keeps_a_bounded_number_of_small_keys() -> None:
    tokenizer = EncodingTokenizer("cl100k_base", True, "cl100k_base")
    for number in range(9_000):
        tokenizer.count(f"{number} ")
    tokenizer.count("long " * 10_000)
    remembered = tokenizer._memo._counts
    assert len(remembered) == 8192
    assert max(map(len, remembered)) <= 256


def test_many_threads_count_the_same() -> None:
    tokenizer = EncodingTokenizer("o200k_base", True, "o200k_base")
    texts = [f"Order {number} ships today." for number in range(50)] * 8
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(tokenizer.count, texts))
    assert counts == [slow_count(text, "o200k_base") for text in texts[:50]] * 8


def test_a_tokenizer_can_be_sent_to_another_process() -> None:
    sent = pickle.loads(pickle.dumps(get_tokenizer("claude-3-haiku")))
    assert (sent.name, sent.exact, sent.count("Hello world")) == ("~o200k_base", False, 2)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [("", 0, True), ("abc", 3, True), ("abc", 2, False), ("für", 4, True), ("für", 3, False),
     ("\ud800", 3, True)],
)  # fmt: skip
def test_a_text_of_few_bytes_fits(text: str, limit: int, expected: bool) -> None:
    assert fits(text, limit) is expected


@pytest.mark.parametrize(
    ("model", "overhead"),
    [("gpt-4o", (3, 3)), ("azure/gpt-4o-mini-2024-07-18", (3, 3)), ("gpt-4-turbo", (3, 3)),
     ("gpt-3.5-turbo-0301", (4, 3)), ("gpt-oss-120b", (3, 2)), ("gpt-4.1", None),
     ("claude-sonnet-4-5", None), ("unknown", None)],
)  # fmt: skip
def test_a_chat_adds_what_its_maker_published(model: str, overhead: tuple[int, int] | None) -> None:
    assert message_overhead(model) == overhead


@pytest.fixture
def tokenizer_json(tmp_path: Path) -> Path:
    import json

    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(TOKENIZER_JSON), encoding="utf-8")
    return path


def test_a_tokenizer_file_counts_exactly_and_adds_and_cuts_nothing(tokenizer_json: Path) -> None:
    tokenizer = get_tokenizer("claude-sonnet-4-5", tokenizer_file=tokenizer_json)
    assert tokenizer.exact
    assert re.fullmatch(r"tokenizer\.json:[0-9a-f]{12}", tokenizer.name)
    assert tokenizer.count("bill me bill me") == 4
    assert tokenizer.count("") == 0
    assert tokenizer.count("bill \ud800") == 2


def test_a_tokenizer_file_reads_special_tokens_only_when_asked(tokenizer_json: Path) -> None:
    plain = get_tokenizer("any", tokenizer_file=tokenizer_json)
    special = get_tokenizer("any", tokenizer_file=tokenizer_json, special=True)
    assert (plain.count("bill<s>me"), special.count("bill<s>me")) == (1, 3)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b"[1]", b'{"model": {}}'])
def test_a_bad_tokenizer_file_is_an_error_that_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        get_tokenizer("gpt-4o", tokenizer_file=path)


def test_an_encoding_that_must_be_fetched_says_so_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import tiktoken

    def offline(name: str) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(tiktoken, "get_encoding", offline)
    with pytest.raises(ConfigError, match=r"'p50k_base'.*no route to host.*TIKTOKEN_CACHE_DIR"):
        get_tokenizer("text-davinci-003").count("text")


def test_nothing_is_loaded_before_the_first_count() -> None:
    code = (
        "import sys; from promptc.tokens import fits, get_tokenizer\n"
        "t = get_tokenizer('gpt-4o'); fits('short', 9); t.count('')\n"
        "print(*{'tiktoken', 'tokenizers', 'regex', 'lzma'} & set(sys.modules))\n"
        "t.count('text'); print('tiktoken' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert run.stdout.splitlines() == ["", "True"]


def test_counting_needs_no_network_and_no_cache_folder(tmp_path: Path) -> None:
    code = (
        "import socket; from promptc.tokens import get_tokenizer\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "print([get_tokenizer(m).count('Hello world') for m in ('gpt-4o', 'gpt-4', 'gpt-oss-20b')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"TIKTOKEN_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert run.stdout.strip() == "[2, 2, 2]"
    assert not list(tmp_path.iterdir())
