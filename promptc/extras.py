"""Optional packages: imported where they are used, named with their extra where they are not."""

from __future__ import annotations

import importlib
from importlib import metadata
from types import ModuleType

from promptc.errors import MissingExtra

_DISTRIBUTION = "promptc-compiler"


def optional(module: str, extra: str, what: str) -> ModuleType:
    """Import *module*, which comes with *extra* and which *what* needs.

    Raises `MissingExtra` with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = metadata.metadata(_DISTRIBUTION)["Name"]
        raise MissingExtra(
            f"{what} needs the package {module.partition('.')[0]} ({error}): "
            f'pip install "{name}[{extra}]"'
        ) from error
