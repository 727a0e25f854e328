"""Contexts in parts, each with a rate of its own: ``<llmlingua, rate=0.4>…</llmlingua>``."""

from __future__ import annotations

import re
from typing import NamedTuple

from promptc.errors import ConfigError, nearest

_TAG = re.compile(r"<(?P<closes>/?)llmlingua\b(?P<settings>[^<>]*)>")
_SETTINGS = ("rate", "compress")
_TRUTH = {"True": True, "true": True, "False": False, "false": False}


class Segment(NamedTuple):
    """Part of a text. *rate* is the share of its tokens that may stay; ``None`` is the call's own.

    1 leaves it as it is.
    """

    text: str
    rate: float | None = None

    @property
    def stays(self) -> bool:
        """Whether all of it stays."""
        return self.rate is not None and self.rate >= 1


def read(context: str, name: str = "context") -> list[Segment]:
    """Take *context* apart at its tags; what stands outside of them is at the call's own rate.

    Raises `ConfigError` for a tag that is not closed, stands inside another or says what none can.
    *name* is what the context is called in an error.

    >>> [tuple(each) for each in read("<llmlingua, compress=False>Keep.</llmlingua> a < b")]
    [('Keep.', 1.0), (' a < b', None)]
    """
    found, at, opened = list[Segment](), 0, None
    for tag in _TAG.finditer(context):
        where = f"{name}, character {tag.start()}"
        if bool(tag["closes"]) != (opened is not None):
            state = "nothing is open here" if opened is None else "tags can't be nested"
            raise ConfigError(f"{where}: {tag[0]}: {state}")
        rate = None if opened is None else _rate(opened["settings"], where)
        found.append(Segment(context[at : tag.start()], rate))
        at, opened = tag.end(), None if tag["closes"] else tag
    if opened is not None:
        raise ConfigError(f"{name}, character {opened.start()}: {opened[0]} is never closed")
    found.append(Segment(context[at:]))
    return [each for each in found if each.text] or [Segment("")]


def _rate(settings: str, where: str) -> float | None:
    """What a tag says of its part."""
    told = dict[str, str]()
    for setting in filter(None, (each.strip() for each in settings.split(","))):
        key, _, value = (each.strip() for each in setting.partition("="))
        if key not in _SETTINGS:
            raise ConfigError(f"{where}: a tag has no {key!r}; {nearest(key, _SETTINGS)}")
        told[key] = value
    if not _truth(told.get("compress", "True"), where):
        return 1.0
    return None if "rate" not in told else share(told["rate"], where)


def _truth(value: str, where: str) -> bool:
    if value not in _TRUTH:
        raise ConfigError(f"{where}: compress={value}: write True or False")
    return _TRUTH[value]


def share(value: object, where: str) -> float:
    """Read *value* as a rate between 0 and 1."""
    try:
        rate = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        rate = -1.0
    if isinstance(value, bool) or not 0 <= rate <= 1:
        raise ConfigError(f"{where}: rate={value}: write a number between 0 and 1")
    return rate
