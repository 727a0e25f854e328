from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, date, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import ConfigError
from promptc.prices import Price, _find, cost, from_json, price, read_overrides, to_json

SOLD_BY = {
    "gpt-4o": "openai",
    "GPT-4o-mini": "openai",
    "chatgpt-4o-latest": "openai",
    "o3": "openai",
    "text-embedding-3-small": "openai",
    "ft:gpt-4o-2024-08-06:acme::7p4l": "openai",
    "claude-3-5-sonnet-20240620": "anthropic",
    "gemini-2.5-pro": "google",
    "mistral-large-latest": "mistral",
    "deepseek-chat": "deepseek",
    "grok-3": "x-ai",
    "command-r": "cohere",
    "openai/gpt-4o": "openai",
    "azure/gpt-4o": "azure",
    "azure_ai/gpt-4o": "azure",
    "anthropic/claude-3-haiku": "anthropic",
    "anthropic.claude-3-haiku-20240307-v1:0": "aws",
    "bedrock/anthropic.claude-3-haiku-20240307-v1:0": "aws",
    "vertex_ai/claude-3-haiku": "google",
    "openrouter/openai/gpt-4o": "openrouter",
    "groq/llama-3.1-8b-instant": "groq",
}

# Prices that their makers published years ago for models that are closed to change.
PUBLISHED = {
    "gpt-4": (Decimal(30), None, Decimal(60)),
    "gpt-4o": (Decimal("2.5"), Decimal("1.25"), Decimal(10)),
    "gpt-4o-mini": (Decimal("0.15"), Decimal("0.075"), Decimal("0.6")),
    "claude-3-haiku": (Decimal("0.25"), Decimal("0.03"), Decimal("1.25")),
}

TOML = """
[models."House-Model"]
input = 2.10
cached_input = 0
cache_write = 2.5
output = 10
date = 2026-01-31

[models.gpt-4o]
input = 1
output = 2
date = "2026-02-01"
"""

JSON = '{"models": {"m": {"input": 0.1, "output": 3, "date": "2026-01-31"}}}'

BAD = {
    "models": (("model = 1", "did you mean 'models'"), ("models = 1", "a table is expected")),
    "m": (
        ('input = 1\noutput = 1\ndate = "2026-01-01"\ninputs = 1', "did you mean 'input'"),
        ("input = 1\noutput = 1", "no 'date'; add it"),
        ('output = 1\ndate = "2026-01-01"', "no 'input'; add it"),
        ('input = -1\noutput = 1\ndate = "2026-01-01"', "input: a price is a number from 0 up"),
        ('input = "1"\noutput = 1\ndate = "2026-01-01"', "not '1'"),
        ('input = true\noutput = 1\ndate = "2026-01-01"', "not True"),
        ('input = nan\noutput = 1\ndate = "2026-01-01"', "input: a price"),
        ('input = 1\noutput = inf\ndate = "2026-01-01"', "output: a price"),
        ('input = 1\noutput = 1\ndate = "last May"', "date: a day is written as 2026-01-31"),
    ),
}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("model", "seller"), SOLD_BY.items())
def test_a_bare_name_is_priced_by_its_maker_and_a_prefix_names_the_seller(
    model: str, seller: str
) -> None:
    assert price(model).provider == seller


@pytest.mark.parametrize(("model", "expected"), PUBLISHED.items())
def test_prices_are_those_that_the_makers_published(
    model: str, expected: tuple[Decimal, Decimal | None, Decimal]
) -> None:
    found = price(model)
    assert (found.input, found.cached_input, found.output) == expected
    assert found.tier is None


def test_a_price_says_who_says_so_and_of_which_day_it_is() -> None:
    found = price("gpt-4o")
    assert found.source == f"genai-prices {version('genai-prices')}"
    assert date(2026, 1, 1) < date.fromisoformat(found.date) <= date.today()


def test_prices_agree_with_what_genai_prices_charges_for_a_call() -> None:
    from genai_prices import Usage, calc_price

    for model in ("gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "mistral-large-latest"):
        theirs = calc_price(Usage(input_tokens=1234, output_tokens=567), model)
        assert cost(price(model), 1234, 567) == theirs.total_price


def test_the_price_that_stands_on_the_day_is_taken() -> None:
    before, after = price("o3", on=date(2025, 6, 9)), price("o3", on=date(2025, 6, 10))
    assert (before.input, after.input) == (Decimal(10), Decimal(2))


def test_a_price_by_the_hour_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from genai_prices.types import ConditionalPrice, ModelPrice, TimeOfDateConstraint

    night = TimeOfDateConstraint(time(0, tzinfo=UTC), time(23, 59, tzinfo=UTC))
    by_the_hour = [
        ConditionalPrice(prices=ModelPrice(input_mtok=Decimal(4), output_mtok=Decimal(8))),
        ConditionalPrice(night, prices=ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))),
    ]
    _, sold = _find("gpt-4") or pytest.fail("gpt-4 is gone from the price data")
    monkeypatch.setattr(sold, "prices", by_the_hour)
    assert (price("gpt-4").input, price("gpt-4").output) == (Decimal(4), Decimal(8))


def test_where_long_prompts_cost_more_the_first_price_is_taken_and_the_step_told() -> None:
    found = price("gemini-2.5-pro")
    assert (found.input, found.tier) == (Decimal("1.25"), 200_000)


def test_an_embedding_costs_nothing_for_output() -> None:
    assert price("text-embedding-3-small").output == 0


@pytest.mark.parametrize(
    ("model", "near"),
    [("gtp-4o", "'gpt-4o'"), ("claude-sonet-4-5", "'claude-sonnet-4-5'"),
     ("azure/gtp-4", "'azure/"), ("", "choose from")],
)  # fmt: skip
def test_an_unknown_model_is_an_error_that_names_the_nearest(model: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf"{re.escape(repr(model))} \(a price file.*{near}"):
        price(model)


def test_the_nearest_names_include_those_of_the_price_file(tmp_path: Path) -> None:
    path = write(tmp_path, "prices.toml", TOML)
    with pytest.raises(ConfigError, match="'house-model'"):
        price("hose-model", overrides=path)


def test_a_model_without_a_price_per_input_token_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'whisper-1' is not priced by input token"):
        price("whisper-1")


def test_a_price_file_goes_first_and_keeps_numbers_as_written(tmp_path: Path) -> None:
    path = write(tmp_path, "prices.toml", TOML)
    assert price("house-model", overrides=path) == Price(
        "House-Model", "", Decimal("2.10"), Decimal(0), Decimal(10), "2026-01-31", "prices.toml",
        cache_write=Decimal("2.5"),
    )  # fmt: skip
    assert price("gpt-4o", overrides=path).input == 1
    assert price("gpt-4o", overrides=path).cached_input is None
    assert price("gpt-4", overrides=path) == price("gpt-4")


def test_what_writing_the_cache_costs_is_known_where_it_costs_more() -> None:
    assert price("gpt-4o").cache_write is None
    assert price("claude-sonnet-4-5").cache_write == price("claude-sonnet-4-5").input * 5 / 4


def test_a_price_file_may_be_json(tmp_path: Path) -> None:
    found = price("m", overrides=write(tmp_path, "prices.json", JSON))
    assert (str(found.input), str(found.output), found.date) == ("0.1", "3", "2026-01-31")


@pytest.mark.parametrize(
    ("text", "message"),
    [*BAD["models"], *((f"[models.m]\n{text}", f"models.'m'.*{end}") for text, end in BAD["m"])],
)
def test_a_wrong_entry_is_an_error_that_names_the_file_and_the_key(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write(tmp_path, "prices.toml", text)
    with pytest.raises(ConfigError, match=f"{re.escape(str(path))}.*{message}"):
        read_overrides(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("gone.toml", None), ("a.toml", b"[["), ("a.json", b"{"), ("a.json", b"[]"),
     ("a.toml", b"\xff\xfe"), ("a.json", b'{"models": {"m": {"input": NaN}}}')],
)  # fmt: skip
def test_an_unreadable_price_file_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        read_overrides(path)


def test_a_call_costs_its_tokens_times_their_prices() -> None:
    gpt = price("gpt-4o")
    assert cost(gpt, 1_000_000) == Decimal("2.5")
    assert cost(gpt, 1000, 100) == Decimal("0.0035")
    assert cost(gpt, 1000, 100, cached=1000) == Decimal("0.00225")
    assert cost(gpt, 0.5) == Decimal("0.00000125")


def test_cached_tokens_cost_as_much_as_others_where_no_price_is_published() -> None:
    assert cost(price("gpt-4"), 1000, cached=900) == cost(price("gpt-4"), 1000)


@pytest.mark.parametrize("cached", [-1, 11])
def test_more_cached_tokens_than_there_are_is_a_value_error(cached: int) -> None:
    with pytest.raises(ValueError, match=f"got {cached}"):
        cost(price("gpt-4o"), 10, cached=cached)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_costs_add_up(first: int, second: int, output: int) -> None:
    gpt = price("gpt-4o")
    assert cost(gpt, first, output) + cost(gpt, second) == cost(gpt, first + second, output)


def test_prices_load_late_and_need_neither_network_nor_threads() -> None:
    code = (
        "import socket, sys, threading; from promptc.prices import price\n"
        "print('genai_prices' in sys.modules, 'pydantic' in sys.modules)\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "price('gpt-4o'); print(threading.active_count())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["False False", "1"]


def test_a_price_comes_back_from_json_as_it_was() -> None:
    for model in ("gpt-4o", "claude-3-5-sonnet-20241022"):
        known = price(model)
        assert from_json(json.loads(json.dumps(to_json(known)))) == known


@pytest.mark.parametrize("record", [{}, {"model": "a"}, {"input": "x"}, {"more": 1}])
def test_what_is_no_price_is_refused(record: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_json(record)
