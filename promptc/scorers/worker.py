"""A model's thread, or several, which read what many callers wait for in shared passes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from promptc.errors import ModelError
from promptc.protocols import Hurry
from promptc.scorers.loading import is_out_of_memory
from promptc.scorers.queue import Job, Picked, Queue
from promptc.scorers.reading import Reader, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LINGER = 0.003
"""Seconds that a pass which is not full waits for rows of other callers."""
WAITING = 1 << 20
"""Tokens that may wait; whoever comes with more waits until there is room."""
_LOOK = 0.01
"""Seconds between two looks at whether a caller still wants to wait."""


@dataclass(frozen=True)
class Counts:
    """What a worker did: *calls*, the *passes* they took, *rows* and *tokens* without padding.

    *given_up* are calls whose deadline passed or that were canceled before they were done; *halved*
    is how often the memory of the device was too small for a pass.
    """

    calls: int = 0
    passes: int = 0
    rows: int = 0
    tokens: int = 0
    given_up: int = 0
    halved: int = 0


class Worker:
    """Reads rows with *reader*, as many passes at a time as it allows.

    Safe to use from many threads.
    """

    def __init__(self, reader: Reader, *, linger: float = LINGER, waiting: int = WAITING) -> None:
        self._reader, self._linger, self._most = reader, linger, waiting
        self._budget = reader.budget
        self._counts = Counts()
        self._begin()

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._queue = Queue(self._reader.alike)
        self._threads: list[threading.Thread] = []
        self._process = os.getpid()

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return self._counts

    def run(self, rows: Sequence[Row], hurry: Hurry) -> list[NDArray[np.float32]]:
        """What *reader* makes of each of *rows*; *hurry* is asked while it is waited for.

        Whatever *hurry* raises ends the wait, and rows that nobody waits for are not read. Raises
        `ModelError` where one row alone is too large for the memory.
        """
        if not rows:
            return []
        if self._process != os.getpid():
            # A fork has no threads but the one that forked.
            self._begin()
        job = Job(rows)
        try:
            self._put(job, hurry)
            while not job.done.wait(_LOOK):
                hurry()
        except BaseException:
            self._give_up(job)
            raise
        if job.error is not None:
            raise job.error
        return [each for each in job.values if each is not None]

    def _count(self, **more: int) -> None:
        with self._changed:
            sums = {name: getattr(self._counts, name) + each for name, each in more.items()}
            self._counts = replace(self._counts, **sums)

    def _put(self, job: Job, hurry: Hurry) -> None:
        hurry()
        with self._changed:
            while self._queue and self._queue.tokens + job.size > self._most:
                self._changed.wait(_LOOK)
                hurry()
            self._queue.put(job)
            self._count(calls=1)
            while len(self._threads) < self._reader.parallel:
                self._threads.append(
                    threading.Thread(
                        target=self._loop, name=f"promptc {self._reader.name}", daemon=True
                    )
                )
                self._threads[-1].start()
            self._changed.notify_all()

    def _give_up(self, job: Job) -> None:
        with self._changed:
            job.dead = True
            self._queue.drop(job)
            self._count(given_up=1)
            self._changed.notify_all()

    def _loop(self) -> None:
        while True:
            picked: list[Picked] = []
            try:
                picked = self._next()
                self._read(picked)
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                self._fail(picked or self._queue.all(), error)

    def _next(self) -> list[Picked]:
        """Wait for rows, and a moment for more of them."""
        with self._changed:
            while True:
                while not self._queue:
                    self._changed.wait()
                left = self._queue.oldest() + self._linger - time.monotonic()
                if left <= 0 or self._queue.tokens >= self._budget:
                    break
                self._changed.wait(left)
            picked = self._queue.pick(self._budget)
            self._changed.notify_all()
            return picked

    def _fail(self, picked: Sequence[Picked], error: BaseException) -> None:
        with self._changed:
            for job in {id(job): job for job, _ in picked}.values():
                self._queue.drop(job)
                job.fail(error)

    def _read(self, picked: Sequence[Picked]) -> None:
        """Read some rows in one pass, or in two of half its size where memory is short."""
        wanted = [(job, at) for job, at in picked if not job.dead and job.error is None]
        if not wanted:
            return
        rows = [job.rows[at] for job, at in wanted]
        values = self._tried(rows)
        if values is None:
            middle = len(wanted) // 2
            self._budget = max(sum(row.size for row in rows) // 2, 1)
            self._read(wanted[:middle])
            self._read(wanted[middle:])
            return
        with self._changed:
            for (job, at), each in zip(wanted, values, strict=True):
                job.give(at, each)

    def _tried(self, rows: Sequence[Row]) -> list[NDArray[np.float32]] | None:
        """Read *rows*; ``None`` where the memory was too small for more than one."""
        tokens = sum(row.size for row in rows)
        try:
            values = self._reader.read(rows)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._count(halved=1)
            if len(rows) == 1:
                raise ModelError(
                    f"{self._reader.name}: no memory for {tokens:,} tokens at once; "
                    "set a smaller window, as in ',window=256', or take a smaller model"
                ) from error
        else:
            self._count(passes=1, rows=len(rows), tokens=tokens)
            return values
        # Only now is what the failed pass held let go: its error kept it alive.
        _free()
        return None


def _free() -> None:
    """Give back what the allocator keeps for later."""
    import sys

    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
