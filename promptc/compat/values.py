"""JSON data of which some strings are shortened: its shape and all other values stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from promptc.compat.segments import Segment, share
from promptc.errors import ConfigError, nearest
from promptc.extras import need

_FIELDS = ("rate", "compress", "pair_remove", "value_type")
_TYPES = (
    "str", "string", "int", "integer", "float", "number", "bool", "boolean", "list", "List",
    "dict", "dictionary", "tuple",
)  # fmt: skip


class Rule(NamedTuple):
    """What may be done with a key: *rate* of its strings, and whether the pair may be dropped."""

    rate: float | None = None
    drops: bool = False


KEPT = Rule(1.0)


def rules(config: str | Path | Mapping[str, Any]) -> dict[str, Rule]:
    """Read a *config*, a mapping or a file of JSON or YAML: a rule for each key.

    Raises `ConfigError` for what is none.
    """
    told = _file(Path(config)) if isinstance(config, (str, Path)) else config
    if not isinstance(told, Mapping):
        raise ConfigError("json_config: write a mapping from each key to its settings")
    return {str(key): _rule(str(key), each) for key, each in told.items()}


def _file(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"json_config: {path} can't be read: {error}") from error
    if path.suffix == ".json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError(f"json_config: {path} is no JSON: {error}") from error
    yaml = need("yaml", "llmlingua")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"json_config: {path} is no YAML: {error}") from error


def _rule(key: str, told: Any) -> Rule:
    where = f"json_config, {key!r}"
    if not isinstance(told, Mapping):
        raise ConfigError(f"{where}: write a mapping with 'rate' and 'compress'")
    for field in told:
        if field not in _FIELDS:
            raise ConfigError(f"{where}: there is no {field!r}; {nearest(str(field), _FIELDS)}")
    kind = told.get("value_type", "str")
    if kind not in _TYPES:
        raise ConfigError(f"{where}: value_type={kind!r}; {nearest(str(kind), _TYPES)}")
    rate = None if told.get("rate") is None else share(told["rate"], where)
    return Rule(rate if told.get("compress", True) else 1.0, bool(told.get("pair_remove", False)))


def strings(data: Mapping[str, Any], known: Mapping[str, Rule]) -> list[Segment]:
    """The strings in *data*, however deep, in order; of a key without a rule they stay."""
    return [
        Segment(text, known.get(key, KEPT).rate)
        for key, value in data.items()
        for text in _strings(value)
    ]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)


def rebuilt(
    data: Mapping[str, Any], texts: Sequence[str], known: Mapping[str, Rule], *, drops: bool
) -> dict[str, Any]:
    """*data* with *texts* for its strings, of keys and numbers nothing lost.

    With *drops* a pair goes whose rule allows it, and of whose strings nothing is left.
    """
    left, found = iter(texts), dict[str, Any]()
    for key, value in data.items():
        new = _with(value, left)
        before, after = list(_strings(value)), list(_strings(new))
        gone = any(before) and not any(after)
        if not (drops and gone and known.get(key, KEPT).drops):
            found[key] = new
    return found


def _with(value: Any, left: Iterator[str]) -> Any:
    if isinstance(value, str):
        return next(left)
    if isinstance(value, Mapping):
        return {key: _with(each, left) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with(each, left) for each in value]
    return value


def written(data: Any) -> str:
    """*data* as JSON; raise `ConfigError` for what JSON can't say."""
    try:
        return json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"json_data: {error}") from error
