"""The call of `compress` that the shell makes again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from promptc import api
from promptc.budget import Budget
from promptc.compressing import Input
from promptc.compressing.shapes import shape
from promptc.errors import (
    BudgetError,
    ConfigError,
    DeadlineError,
    InputError,
    ModelError,
    TemplateError,
)
from promptc.options import Options
from promptc.results import Compressed
from promptc.scorers import scorer
from promptc.tokens import get_tokenizer

OF_ONE = (BudgetError, DeadlineError, InputError, TemplateError, ValueError)
"""What is wrong with one input, and no reason to leave the others."""
Tell: TypeAlias = Callable[[str], None]


def explain(place: str, result: Compressed, tell: Tell) -> None:
    """Tell what stayed of the input at *place*, line by line."""
    for each in (f"{place}:", *result.explain().splitlines()):
        tell(each)


@contextmanager
def _about(option: str) -> Iterator[None]:
    """Name *option* in the errors that its value raises."""
    try:
        yield
    except (ConfigError, ModelError) as error:
        raise type(error)(f"{option}: {error}") from error


@dataclass
class Call:
    """How every input is compressed.

    With *several* inputs, a text to keep need not stand in each; *missing* are those that stood in
    none so far.
    """

    budget: Budget
    query: str = ""
    model: str = "gpt-4o"
    options: Options = api.DEFAULTS
    several: bool = True
    missing: dict[str, None] = field(init=False)

    def __post_init__(self) -> None:
        self.missing = dict.fromkeys(self.options.keep)

    def check(self) -> None:
        """Raise `ConfigError` now for a model or a scorer that no input could be read with."""
        options = self.options
        with _about("--model"):
            get_tokenizer(self.model)
        if isinstance(options.scorer, str):
            with _about("--scorer"):
                scorer(options.scorer, options.device, options.dtype)

    def compress(self, input: Input, query: str) -> Compressed:
        """Compress *input*; raises as `promptc.compress` does."""
        options = self.options
        if self.several and options.keep:
            texts = shape(input).texts
            here = tuple(text for text in options.keep if any(text in each for each in texts))
            for text in here:
                self.missing.pop(text, None)
            options = replace(options, keep=here)
        return api.compress(
            input, budget=self.budget, query=query, model=self.model, options=options
        )

    def unused(self, tell: Tell) -> None:
        """Say which texts to keep stood nowhere."""
        for text in self.missing if self.several else ():
            tell(f"Note: --keep {text!r} stands in none of the inputs")
