"""Check again whenever a file changes that a check reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from promptc.checking.traces import Stamp

PAUSE = 0.3
"""Seconds between two looks at the files."""


_TICK = 20_000_000
"""Nanoseconds by which the time of a file may lag behind the clock."""


def changes(
    look: Callable[[], Mapping[str, Stamp]],
    pause: float = PAUSE,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.time_ns,
) -> Iterator[None]:
    """Yield at once, and then each time that *look* sees something else.

    A change is told once nothing changed for one *pause*: an editor that writes several files makes
    one change. What is written while the caller works is told when it comes back.
    """
    while True:
        began = clock() - _TICK
        yield
        now = look()
        if not any(stamp and began <= stamp[0] <= clock() for stamp in now.values()):
            while (later := _after(look, pause, sleep)) == now:
                pass
            now = later
        while (later := _after(look, pause, sleep)) != now:
            now = later


def _after(
    look: Callable[[], Mapping[str, Stamp]], pause: float, sleep: Callable[[float], None]
) -> Mapping[str, Stamp]:
    sleep(pause)
    return look()
