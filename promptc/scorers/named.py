"""How a scorer is called: ``KIND``, ``KIND:MODEL``, ``KIND:MODEL,OPTION=VALUE,…``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from promptc.errors import ConfigError, nearest

Value = TypeVar("Value", int, float, bool, str)

_OPTION = re.compile(r",(?=[a-z][a-z0-9_]*=)")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Named(NamedTuple):
    """The parts of a name. *model* is a name on the hub, a folder or an address; perhaps empty."""

    kind: str
    model: str
    options: dict[str, str]

    @property
    def title(self) -> str:
        """The name without its options."""
        return f"{self.kind}:{self.model}" if self.model else self.kind

    def refuse_others(self, known: Iterable[str]) -> None:
        """Raise `ConfigError` for an option that is none of *known*."""
        names = list(known)
        for name in self.options:
            if name not in names:
                choice = nearest(name, names) if names else "it has none"
                raise ConfigError(f"scorer {self.title!r}: no option is called {name!r}; {choice}")

    def option(self, name: str, default: Value, *, least: float | None = None) -> Value:
        """The value of option *name*, read as the type of *default*."""
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = _TRUTH[text.lower()] if isinstance(default, bool) else type(default)(text)
        except (KeyError, ValueError):
            raise self._wrong(name, text, f"write a value as {default!r}") from None
        if least is not None and not float(value) >= least:
            raise self._wrong(name, text, f"{least} is the least")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """The value of option *name*, one of *choices*; the first by default."""
        value = self.options.get(name, choices[0])
        if value not in choices:
            raise self._wrong(name, value, nearest(value, choices))
        return value

    def _wrong(self, name: str, text: str, what: str) -> ConfigError:
        return ConfigError(f"scorer {self.title!r}: {name}={text}: {what}")


def read(name: str) -> Named:
    """Take a scorer's *name* apart.

    >>> read("causal:gpt2,window=512")
    Named(kind='causal', model='gpt2', options={'window': '512'})
    """
    head, *options = _OPTION.split(name)
    kind, _, model = head.partition(":")
    pairs = [each.partition("=") for each in options]
    return Named(kind.strip(), model.strip(), {key: value.strip() for key, _, value in pairs})
