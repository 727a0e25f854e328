from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptc
from promptc.economics.caching import Change, break_even, expected, judge, plan, warm_share
from promptc.economics.providers import cache_rule
from promptc.prices import Price, price
from promptc.results import CacheRule, Kept

TABLE = Path(promptc.__file__).parent / "data" / "prompt_caching.toml"
TEN = Price("m", "p", Decimal(10), None, Decimal(0), "2026-01-01", "test")
RULE = CacheRule(
    "P", 1024, 1, True, Decimal("0.1"), (Kept(300, Decimal("1.25")), Kept(3600, Decimal(2))),
    "source", "", "2026-01-01",
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "minimum", "step", "automatic"),
    [
        ("gpt-4o", 1024, 128, True),
        ("gpt-4o-mini-2024-07-18", 1024, 128, True),
        ("azure/gpt-4o", 1024, 128, True),
        ("openai/gpt-5.6-sol", 1024, 128, True),
        ("gpt-6.1-terra", 1024, 128, True),
        ("o3-mini", 1024, 128, True),
        ("claude-opus-5", 512, 1, False),
        ("claude-opus-4-8", 1024, 1, False),
        ("claude-opus-4-1-20250805", 1024, 1, False),
        ("anthropic/claude-haiku-4-5", 4096, 1, False),
        ("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", 2048, 1, False),
        ("amazon.nova-lite-v1:0", 1000, 1, False),
        ("gemini-2.5-flash-lite", 2048, 1, True),
        ("gemini-3.1-pro-preview", 4096, 1, True),
        ("deepseek-chat", 64, 64, True),
    ],
)
def test_each_provider_has_its_rule(model: str, minimum: int, step: int, automatic: bool) -> None:
    rule = cache_rule(model)
    assert rule is not None
    assert (rule.minimum, rule.step, rule.automatic) == (minimum, step, automatic)


@pytest.mark.parametrize("model", ["gpt-4", "gpt-3.5-turbo", "gpt-4omega", "o200k_base", ""])
def test_a_model_without_a_known_rule_has_none(model: str) -> None:
    assert cache_rule(model) is None


def test_every_rule_says_where_it_is_from_and_is_used_by_a_model() -> None:
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert date.fromisoformat(data["date"])
    models = [model for row in data["rule"] for model in row["models"]]
    assert len(models) == len(set(models))
    for row in data["rule"]:
        assert row["source"].startswith("https://")
        assert row["minimum"] > 0 < row["step"]
        assert 0 < row["read"] < 1
        assert all(cache_rule(model) for model in row["models"])


@pytest.mark.parametrize(
    ("model", "read", "write"),
    [("gpt-4o", "0.5", None), ("gpt-5.4", "0.1", None), ("gpt-5.6-sol", "0.1", "1.25"),
     ("claude-sonnet-4-5", "0.1", "1.25")],
)  # fmt: skip
def test_rules_agree_with_the_price_data(model: str, read: str, write: str | None) -> None:
    rule, charged = cache_rule(model), price(model)
    assert rule is not None
    assert rule.read == Decimal(read) == (charged.cached_input or 0) / charged.input
    assert rule.kept[0].write == Decimal(write or 1)
    written = charged.cache_write
    assert written == (None if write is None else charged.input * Decimal(write))


def test_a_shorter_prompt_that_falls_under_the_minimum_is_eight_times_dearer_when_warm() -> None:
    verdict = judge(UNDER, RULE, TEN)
    before, after = verdict.before, verdict.after
    assert (before.cached, after.cached) == (1200, 0)
    assert after.warm / before.warm == 8
    assert verdict.loses
    # Cold: 1,200 tokens written at 1.25 beside 960 read in full; warm: 120 beside 960.
    assert verdict.tipping == pytest.approx((1500 - 960) / (1500 - 960 + 960 - 120))


UNDER = Change((1200, 960), (1200, 960))


@pytest.mark.parametrize(
    ("calls", "warm", "loses"),
    [
        (None, None, True),
        (100, None, False),
        (1_000_000, None, True),
        (1_000_000, 0.1, False),
        (None, 0.0, False),
        (0, 1.0, True),
    ],
)
def test_how_often_it_is_called_decides_whether_it_may_fall_under_the_minimum(
    calls: int | None, warm: float | None, loses: bool
) -> None:
    assert judge(UNDER._replace(calls_per_month=calls, warm=warm), RULE, TEN).loses == loses


def test_a_price_of_today_does_not_decide() -> None:
    flat = Price("m", "p", Decimal(10), Decimal(10), Decimal(0), "d", "s")
    verdict = judge(UNDER, RULE, flat)
    assert verdict.loses
    assert verdict.before.warm > verdict.after.warm


def test_a_prompt_that_stays_above_the_minimum_gets_cheaper() -> None:
    verdict = judge(Change((1200, 1100), (1200, 1100)), RULE)
    assert not verdict.loses
    assert verdict.tipping is None


def test_a_few_tokens_less_can_lose_a_whole_step() -> None:
    verdict = judge(Change((1160, 1150), (1160, 1150)), RULE._replace(step=128))
    assert (verdict.before.cached, verdict.after.cached) == (1152, 1024)
    assert verdict.loses


def test_steps_cut_what_is_kept() -> None:
    rule = RULE._replace(step=128)
    kept = [plan(size, 5000, rule=rule, price=TEN).cached for size in (1023, 1024, 1151, 1152)]
    assert kept == [0, 1024, 1024, 1152]


def test_costs_are_those_of_the_tokens() -> None:
    found = plan(2000, 3000, rule=RULE, price=TEN)
    assert found.uncached == Decimal("0.03")
    assert found.cold == Decimal("0.035")
    assert found.warm == Decimal("0.012")
    assert (found.break_even, found.seconds) == (2, 300)


def test_a_longer_lifetime_is_written_at_its_own_price() -> None:
    found = plan(2000, 3000, rule=RULE, price=TEN, seconds=3600)
    assert (found.cold, found.break_even, found.seconds) == (Decimal("0.05"), 3, 3600)


def test_stated_prices_go_before_shares() -> None:
    own = Price("m", "p", Decimal(10), Decimal(5), Decimal(0), "d", "s", None, Decimal(11))
    found = plan(2000, 3000, rule=RULE, price=own)
    assert (found.warm, found.cold) == (Decimal("0.02"), Decimal("0.032"))


def test_where_nothing_is_kept_no_number_of_calls_pays() -> None:
    found = plan(100, 3000, rule=RULE, price=TEN)
    assert (found.cold, found.warm, found.break_even) == (found.uncached, found.uncached, None)


def test_a_cache_that_must_be_asked_for_is_not_asked_for_where_it_costs() -> None:
    marked = plan(2000, 2000, rule=RULE._replace(automatic=False), price=TEN)
    automatic = plan(2000, 2000, rule=RULE, price=TEN)
    assert expected(marked, 0.0) == marked.uncached
    assert expected(automatic, 0.0) == automatic.cold > automatic.uncached


COSTS = st.integers(1, 10_000).map(Decimal)


@given(COSTS, COSTS, COSTS)
def test_break_even_is_the_first_number_of_calls_that_pays(
    uncached: Decimal, cold: Decimal, warm: Decimal
) -> None:
    found = break_even(uncached, cold, warm)
    if found is None:
        assert warm >= uncached
        return
    if cold < uncached:
        return
    paying = next(n for n in range(1, 30_000) if cold + (n - 1) * warm < n * uncached)
    assert found == paying


@given(st.integers(0, 6000), st.integers(0, 6000), st.floats(0, 1))
def test_a_change_loses_exactly_past_its_tipping_share(old: int, new: int, warm: float) -> None:
    sizes = max(old, new), new
    verdict = judge(Change(sizes, sizes, warm=warm), RULE)
    if verdict.tipping is None:
        assert not verdict.loses
    elif abs(warm - verdict.tipping) > 1e-9:
        assert verdict.loses == (warm > verdict.tipping)


@given(st.floats(0, 1e9), st.integers(1, 10**6))
def test_a_share_of_warm_calls_is_a_share(calls: float, seconds: int) -> None:
    assert 0 <= warm_share(calls, seconds) <= 1
