"""An optimizing compiler for prompts.

``promptc.compile(text)`` optimizes one template, ``promptc.build(["templates/"])`` a folder of
them, ``promptc.compress(text, budget=…)`` shortens what a template is filled with, and
``promptc.load()`` renders what was built. Names are loaded when they are first used, so that
importing promptc costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptc.version import __version__

if TYPE_CHECKING:
    from promptc.api import Item as Item
    from promptc.api import acompress as acompress
    from promptc.api import build as build
    from promptc.api import compile as compile
    from promptc.api import compress as compress
    from promptc.api import compress_many as compress_many
    from promptc.budget import Budget as Budget
    from promptc.errors import BudgetError as BudgetError
    from promptc.errors import ConfigError as ConfigError
    from promptc.errors import DeadlineError as DeadlineError
    from promptc.errors import PromptcError as PromptcError
    from promptc.errors import TemplateError as TemplateError
    from promptc.options import Options as Options
    from promptc.results import Built as Built
    from promptc.results import Compiled as Compiled
    from promptc.results import Compressed as Compressed
    from promptc.runtime import load as load
    from promptc.syntax import Syntax as Syntax
    from promptc.workers import Workers as Workers

_HOME = {
    "build": "api",
    "compile": "api",
    "compress": "api",
    "compress_many": "api",
    "acompress": "api",
    "Item": "api",
    "Budget": "budget",
    "BudgetError": "errors",
    "ConfigError": "errors",
    "DeadlineError": "errors",
    "PromptcError": "errors",
    "TemplateError": "errors",
    "Built": "results",
    "Compiled": "results",
    "Compressed": "results",
    "load": "runtime",
    "Options": "options",
    "Syntax": "syntax",
    "Workers": "workers",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'promptc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"promptc.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
