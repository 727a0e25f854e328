"""What a model charges, and the day that the price is of."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from promptc.errors import ConfigError, nearest

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

# A bare name is priced by the first of these that sells it: the makers, and Bedrock, whose own
# names ("anthropic.claude-…") no maker has.
_MAKERS = (
    "openai", "anthropic", "aws", "google", "deepseek", "mistral", "x-ai", "cohere", "meta",
    "moonshotai", "zai", "zhipuai", "minimax", "voyageai", "perplexity",
)  # fmt: skip

# The words with which the price data says on which day a price was looked up.
_CHECKED = re.compile(r"(?:verified|checked|updated|as of)(?: on)? (\d{4}-\d\d-\d\d)", re.I)

_KEYS = ("input", "cached_input", "cache_write", "output", "date")


@dataclass(frozen=True)
class Price:
    """What a model charges, in US dollars per one million tokens.

    *cached_input* and *cache_write* are ``None`` where no price for reading and writing the prompt
    cache is published. *tier* is the number of input tokens above which a call costs more; these
    are the prices below it, ``None`` where there is one price for all. *date* is the day that the
    prices are of, *source* who says so.
    """

    model: str
    provider: str
    input: Decimal
    cached_input: Decimal | None
    output: Decimal
    date: str
    source: str
    tier: int | None = None
    cache_write: Decimal | None = None


def price(model: str, *, overrides: Path | None = None, on: date | None = None) -> Price:
    """Look up what *model* charges on the day *on*, by default today.

    A bare name is priced by its maker; ``"azure/gpt-4o"`` names another seller. The file
    *overrides* goes first. The rest comes from the data inside the genai-prices package, without
    the network: standard prices, not those of batches, of the hour or of long prompts. Its data
    carry no day of their own, so `Price.date` is the latest day on which they say that some price
    was checked: they are at least as new (``"unknown"`` where they name none).

    Raises ``ConfigError`` for a model that is unknown or not priced by token, and for a file that
    can't be used.

    >>> price("gpt-4o").input > 0
    True
    """
    name = model.strip().lower()
    own = read_overrides(overrides) if overrides else {}
    if name in own:
        return own[name]
    provider, found = _find(name) or _refuse(model, own)
    return _from_data(model, provider, found, on or datetime.now(tz=UTC).date())


def edition() -> str:
    """Which price data are installed: another edition may have other prices."""
    spec = find_spec("genai_prices")
    if spec is None or spec.origin is None:
        return ""
    info = Path(spec.origin).with_name("data.py").stat()
    return f"{info.st_size} {info.st_mtime_ns}"


def to_json(price: Price) -> dict[str, Any]:
    """Write *price* as what JSON can hold, nothing rounded."""
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in asdict(price).items()
    }


def from_json(record: Mapping[str, Any]) -> Price:
    """Read what `to_json` wrote; raise `TypeError` or `ValueError` for anything else."""
    names = ("input", "cached_input", "cache_write", "output")
    amounts = {name: record[name] for name in names if name in record}
    try:
        known = {n: None if text is None else Decimal(text) for n, text in amounts.items()}
    except InvalidOperation as error:
        raise ValueError(f"not a price: {error}") from error
    return Price(**{**record, **known})


def cost(
    price: Price, input_tokens: float, output_tokens: float = 0, *, cached: float = 0
) -> Decimal:
    """Sum up what one call costs, in US dollars.

    *cached* of the input tokens are read from the cache; they cost as much as the others where
    no price for them is published. A mean need not be whole.

    >>> cheap = Price("m", "p", Decimal("2.5"), Decimal("1.25"), Decimal(10), "2026-01-01", "")
    >>> print(cost(cheap, 1000, 100), cost(cheap, 1000, cached=800))
    0.00350000 0.00150000
    """
    if not 0 <= cached <= input_tokens:
        raise ValueError(f"cached must be between 0 and {input_tokens}, got {cached}")
    cached_input = price.input if price.cached_input is None else price.cached_input
    millionths = (
        _exact(input_tokens - cached) * price.input
        + _exact(cached) * cached_input
        + _exact(output_tokens) * price.output
    )
    return millionths.scaleb(-6)


def read_overrides(path: Path) -> dict[str, Price]:
    """Read a user's own prices, TOML or JSON (by its suffix), by lowered model name.

    ``[models."my-model"]`` holds ``input``, ``output``, ``date`` and, if there are such prices,
    ``cached_input`` and ``cache_write``. Raises ``ConfigError`` that names the file and the key.
    """
    data = _parsed(path)
    _refuse_unknown(data, ("models",), str(path))
    models = _mapping(data.get("models", {}), f"{path}: models")
    return {name.lower(): _override(name, entry, path) for name, entry in models.items()}


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return _mapping(json.loads(text, parse_float=Decimal), str(path))
        return tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise ConfigError(f"{path}: the price file can't be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not a TOML or JSON file ({error})") from error


def _override(name: str, entry: object, path: Path) -> Price:
    where = f"{path}: models.{name!r}"
    fields = _mapping(entry, where)
    _refuse_unknown(fields, _KEYS, where)
    for key in ("input", "output", "date"):
        if key not in fields:
            raise ConfigError(f"{where} has no {key!r}; add it ({_hint(key)})")
    return Price(
        model=name,
        provider="",
        input=_amount(fields["input"], f"{where}: input"),
        cached_input=_optional(fields, "cached_input", where),
        cache_write=_optional(fields, "cache_write", where),
        output=_amount(fields["output"], f"{where}: output"),
        date=_day(fields["date"], f"{where}: date"),
        source=path.name,
    )


def _optional(fields: Mapping[str, Any], key: str, where: str) -> Decimal | None:
    return _amount(fields[key], f"{where}: {key}") if key in fields else None


def _hint(key: str) -> str:
    return 'as in "2026-01-31"' if key == "date" else "US dollars per one million tokens"


def _mapping(value: object, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ConfigError(f"{where}: a table is expected here, not {value!r}")


def _refuse_unknown(entry: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in entry:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}; {nearest(key, known)}")


def _amount(value: object, where: str) -> Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        amount = Decimal(value)
        if amount.is_finite() and amount >= 0:
            return amount
    raise ConfigError(f"{where}: a price is a number from 0 up, not {value!r}")


def _day(value: object, where: str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise ConfigError(f"{where}: a day is written as 2026-01-31, not {value!r}") from error


@functools.cache
def _providers() -> dict[str, Provider]:
    """The sellers in the bundled data, by id; what a host program has downloaded is not used."""
    from genai_prices.data import providers

    return {provider.id: provider for provider in providers}


def _find(name: str) -> tuple[Provider, ModelInfo] | None:
    for provider, rest in _candidates(name):
        found = provider.find_model(rest, all_providers=list(_providers().values()))
        if found:
            return provider, found
    return None


def _candidates(name: str) -> Iterator[tuple[Provider, str]]:
    """Who may sell *name*, and what it is called there: the seller it names, else the makers."""
    prefix, slash, rest = name.partition("/")
    seller = _seller(prefix) if slash else None
    if seller:
        yield seller, rest
    else:
        yield from ((_providers()[maker], name) for maker in _MAKERS if maker in _providers())


def _seller(prefix: str) -> Provider | None:
    """The seller that *prefix* means; gateways write "azure_ai" and "together_ai"."""
    from genai_prices.data_snapshot import find_provider_by_id

    sellers = list(_providers().values())
    return find_provider_by_id(sellers, prefix) or find_provider_by_id(
        sellers, prefix.partition("_")[0]
    )


def _from_data(model: str, provider: Provider, found: ModelInfo, on: date) -> Price:
    from genai_prices import __version__

    prices = _standard(found, on)
    charged = _first_tier(prices.input_mtok)
    if charged is None:
        raise ConfigError(f"{model!r} is not priced by input token; give its price in a price file")
    return Price(
        model=found.id,
        provider=provider.id,
        input=charged,
        cached_input=_first_tier(prices.cache_read_mtok),
        cache_write=_first_tier(prices.cache_write_mtok),
        output=_first_tier(prices.output_mtok) or Decimal(0),
        date=_newest_check(),
        source=f"genai-prices {__version__}",
        tier=_tier_start(prices.input_mtok),
    )


def _standard(found: ModelInfo, on: date) -> ModelPrice:
    """The prices that stand on the day *on*, whatever the hour."""
    from genai_prices.types import ModelPrice, StartDateConstraint

    if isinstance(found.prices, ModelPrice):
        return found.prices
    standing = found.prices[0].prices
    for each in found.prices:
        since = each.constraint
        if since is None or (isinstance(since, StartDateConstraint) and since.start_date <= on):
            standing = each.prices
    return standing


def _first_tier(value: object) -> Decimal | None:
    """One price, or that below the first step where there are several."""
    from genai_prices.types import TieredPrices

    found = value.base if isinstance(value, TieredPrices) else value
    return found if isinstance(found, Decimal) else None


def _tier_start(value: object) -> int | None:
    from genai_prices.types import TieredPrices

    return value.tiers[0].start if isinstance(value, TieredPrices) and value.tiers else None


@functools.cache
def _newest_check() -> str:
    comments = (
        comment or ""
        for provider in _providers().values()
        for comment in (provider.price_comments, *(each.price_comments for each in provider.models))
    )
    days = [day for comment in comments for day in _CHECKED.findall(comment)]
    return max(days, default="unknown")


def _refuse(model: str, own: Mapping[str, Price]) -> NoReturn:
    names = {*own}
    for provider in _providers().values():
        ids = [each.id for each in provider.models]
        names.update(f"{provider.id}/{each}" for each in ids)
        names.update(ids if provider.id in _MAKERS else ())
    raise ConfigError(
        f"no price is known for the model {model!r} (a price file can hold it); "
        f"{nearest(model.lower(), names)}"
    )


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
