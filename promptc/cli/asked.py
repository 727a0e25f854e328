"""What a command that compiles was asked for, from its arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from promptc.cli.arguments import TEMPLATES, about
from promptc.errors import ConfigError

if TYPE_CHECKING:
    from promptc.building.flow import Request


def request(given: dict[str, Any]) -> Request:
    """The build that the arguments *given* ask for; raise `ConfigError` for a wrong one."""
    from promptc.building.flow import Request

    passes = _chosen(given.pop("passes"), given.pop("without"))
    bindings = dict(_binding(text, "--set") for text in given.pop("bindings"))
    paths = given.pop("paths") or (TEMPLATES,)
    if paths == (TEMPLATES,) and not TEMPLATES.exists():
        command = click.get_current_context().info_name
        raise ConfigError(
            f"there is no folder templates here; name yours, as in 'promptc {command} prompts/'"
        )
    if given["model"] is not None and not given["model"].strip():
        raise ConfigError("--model: the name is empty; write one, as gpt-4o")
    cached = not given.pop("no_cache", False)
    return Request(paths=paths, passes=passes, bindings=bindings, cached=cached, **given)


def _chosen(wanted: Iterable[str], unwanted: Iterable[str]) -> dict[str, dict[str, Any] | bool]:
    """What ``--pass`` and ``--no-pass`` say of each pass; options of one pass add up."""
    from promptc.passes import find, make

    chosen: dict[str, dict[str, Any] | bool] = {}
    options: dict[str, dict[str, Any]] = {}
    for text in wanted:
        name, given = _pass_option(text)
        with about("--pass"):
            make(find(name), given)
        options[name] = {**options.get(name, {}), **given}
    chosen.update(options)
    for name in unwanted:
        with about("--no-pass"):
            find(name)
        if name in options:
            raise ConfigError(f"--no-pass {name}: --pass asks for it; take one of the two away")
        chosen[name] = False
    return chosen


def _pass_option(text: str) -> tuple[str, dict[str, Any]]:
    """``name:keep=0,deep=true`` to the name and its options."""
    name, _, rest = text.partition(":")
    if not name or "=" in name:
        raise ConfigError(f"--pass {text!r}: write NAME, or NAME:OPTION=VALUE")
    pairs = [part for part in rest.split(",") if part]
    return name, dict(_binding(part, "--pass") for part in pairs)


def _binding(text: str, option: str) -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{option} {text!r}: write NAME=VALUE")
    try:
        return name.strip(), json.loads(value, parse_constant=str)
    except ValueError:
        return name.strip(), value
