"""Check again whenever a file changes that a check reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from promptc.checking.traces import Stamp

PAUSE = 0.3
"""Seconds between two looks at the files."""


def changes(
    look: Callable[[], Mapping[str, Stamp]],
    pause: float = PAUSE,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Yield at once, and then each time that *look* sees something else.

    A change is told once nothing changed for one *pause*: an editor that writes several files makes
    one change. What changes while the caller works is told when it comes back.
    """
    seen: Mapping[str, Stamp] = {}
    yield
    while True:
        now = look()
        if seen and now != seen:
            while (later := _after(look, pause, sleep)) != now:
                now = later
            seen = now
            yield
        else:
            seen = now
            sleep(pause)


def _after(
    look: Callable[[], Mapping[str, Stamp]], pause: float, sleep: Callable[[float], None]
) -> Mapping[str, Stamp]:
    sleep(pause)
    return look()
