"""Optional packages, imported where they are used."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

from promptc.errors import MissingExtra

_OWN = "promptc"


def need(module: str, extra: str) -> Any:
    """Import *module*; raise `MissingExtra` with the command that installs *extra* without it."""
    try:
        return import_module(module)
    except ImportError as error:
        if error.name is not None and error.name.partition(".")[0] != module.partition(".")[0]:
            raise MissingExtra(
                f"{module} can't be imported without {error.name}; {advice(extra)}"
            ) from error
        raise MissingExtra(f"{module} is not installed; {advice(extra)}") from error


def advice(extra: str) -> str:
    """Say how *extra* is installed."""
    return f'pip install "{distribution()}[{extra}]"'


def distribution() -> str:
    """What this package is called where packages are installed from: whose command it is."""
    for each in metadata.entry_points(group="console_scripts", name=_OWN):
        if each.dist is not None:
            return each.dist.name
    return _OWN


def version(package: str) -> str | None:
    """The version of the installed *package*; ``None`` where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
