"""An optimizing compiler for prompts.

``promptc.compile(text)`` optimizes one template, ``promptc.build(["templates/"])`` a folder of
them. Names are loaded when they are first used, so that importing promptc costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptc.version import __version__

if TYPE_CHECKING:
    from promptc.api import build as build
    from promptc.api import compile as compile
    from promptc.budget import Budget as Budget
    from promptc.errors import BudgetError as BudgetError
    from promptc.errors import ConfigError as ConfigError
    from promptc.errors import PromptcError as PromptcError
    from promptc.errors import TemplateError as TemplateError
    from promptc.results import Built as Built
    from promptc.results import Compiled as Compiled
    from promptc.syntax import Syntax as Syntax

_HOME = {
    "build": "api",
    "compile": "api",
    "Budget": "budget",
    "BudgetError": "errors",
    "ConfigError": "errors",
    "PromptcError": "errors",
    "TemplateError": "errors",
    "Built": "results",
    "Compiled": "results",
    "Syntax": "syntax",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'promptc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"promptc.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
