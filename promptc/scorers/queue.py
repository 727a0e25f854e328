"""The rows that wait for one model, of many callers, and which of them share the next pass."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from promptc.scorers.reading import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEAR = 64
"""Tokens; rows that are shorter may differ by as much as those of so many."""


class Job:
    """What one caller waits for. *size* is its tokens; *dead* says that nobody waits anymore."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.size = sum(row.size for row in rows)
        self.begun = time.monotonic()
        self.values: list[NDArray[np.float32] | None] = [None] * len(rows)
        self.left = len(rows)
        self.done = threading.Event()
        self.error: BaseException | None = None
        self.dead = False
        groups: dict[Hashable, list[tuple[int, int]]] = {}
        for at, row in enumerate(rows):
            groups.setdefault(row.group, []).append((row.size, -at))
        self.waiting = {group: sorted(each) for group, each in groups.items()}

    def give(self, at: int, values: NDArray[np.float32]) -> None:
        """Row *at* was read."""
        self.values[at] = values
        self.left -= 1
        if not self.left:
            self.done.set()

    def fail(self, error: BaseException) -> None:
        """Tell whoever waits that it won't come."""
        self.error = error
        self.waiting.clear()
        self.done.set()


Picked = tuple[Job, int]


class Queue:
    """Jobs in turn: each leads one pass, which rows of about the same length share.

    A row has at least the share *alike* of the tokens of the longest in its pass.
    """

    def __init__(self, alike: float = 0.75) -> None:
        self._alike, self._near = alike, int(_NEAR * (1 - alike))
        self._jobs: deque[Job] = deque()
        self._led: Job | None = None
        self.tokens = 0

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def put(self, job: Job) -> None:
        """Add *job* at the end, but ahead of the one that led last: it has its turn now."""
        behind = bool(self._jobs) and self._jobs[-1] is self._led
        self._jobs.insert(len(self._jobs) - behind, job)
        self.tokens += job.size

    def drop(self, job: Job) -> None:
        """Take *job* out; what of it is being read is read to its end."""
        if job in self._jobs:
            self._jobs.remove(job)
            self.tokens -= sum(size for each in job.waiting.values() for size, _ in each)
        job.waiting.clear()

    def all(self) -> list[Picked]:
        """Every job that waits, as if its first row had been picked."""
        return [(job, 0) for job in self._jobs]

    def oldest(self) -> float:
        """When the job in front began to wait."""
        return self._jobs[0].begun

    def pick(self, budget: int) -> list[Picked]:
        """Take rows of one group and of like length, at most *budget* tokens with padding."""
        lead = self._jobs[0]
        group, waiting = next(iter(lead.waiting.items()))
        longest = self._longest(group, waiting[-1][0])
        room = max(budget // max(longest, 1), 1)
        shortest = min(int(longest * self._alike), longest - self._near)
        picked: list[Picked] = []
        for job in list(self._jobs):
            if len(picked) >= room:
                break
            picked += self._take(job, group, (shortest, longest), room - len(picked))
        # Whoever led goes to the end, so that no long text keeps the others waiting.
        self._led = lead if self._jobs and self._jobs[0] is lead else None
        if self._led:
            self._jobs.rotate(-1)
        return picked

    def _longest(self, group: Hashable, size: int) -> int:
        """The longest row that a row of *size* tokens may be padded to."""
        most = max(int(size / self._alike), size + self._near)
        found = size
        for job in self._jobs:
            waiting = job.waiting.get(group, [])
            at = bisect_right(waiting, (most, 0))
            found = max(found, waiting[at - 1][0] if at else 0)
        return found

    def _take(self, job: Job, group: Hashable, sizes: tuple[int, int], most: int) -> list[Picked]:
        """Take the longest rows of *job*, at *most* so many, that are within *sizes*."""
        waiting = job.waiting.get(group, [])
        stop = bisect_right(waiting, (sizes[1], 0))
        start = max(bisect_left(waiting, (sizes[0], -len(job.rows))), stop - most)
        taken = waiting[start:stop]
        del waiting[start:stop]
        self.tokens -= sum(size for size, _ in taken)
        if not waiting:
            job.waiting.pop(group, None)
        if not job.waiting and job in self._jobs:
            self._jobs.remove(job)
        return [(job, -at) for _, at in reversed(taken)]
