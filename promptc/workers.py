"""Processes that compress: threads of one interpreter take turns, processes don't."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from promptc import api, compressing
from promptc.api import DEFAULTS, Item
from promptc.errors import PromptcError

if TYPE_CHECKING:
    from promptc.budget import Budget
    from promptc.compressing import Input
    from promptc.options import Options
    from promptc.results import Compressed

_OVER = 1e-9
"""Seconds that are left of a deadline that has passed."""


class _Task(NamedTuple):
    """One call of `compress`; *due*, a value of `time.monotonic`, is its deadline."""

    input: Input
    budget: Budget
    query: str
    model: str
    options: Options
    due: float | None

    def run(self) -> Compressed:
        """Compress, in the time that is left."""
        options = self.options
        if self.due is not None:
            options = replace(options, deadline=max(self.due - time.monotonic(), _OVER))
        return compressing.compress(
            self.input, budget=self.budget, query=self.query, model=self.model, options=options
        )


class Workers:
    """Compresses in *count* processes, by default one for each core.

    For a server that shortens many texts at once: in threads, calls wait for each other. Each
    process loads its own models, about 100 MB. A program that makes workers must guard its main
    module with ``if __name__ == "__main__":``, as for everything of `multiprocessing`. Safe to use
    from many threads; a context manager, else `close` ends the processes.
    """

    def __init__(self, count: int | None = None) -> None:
        if count is not None and count < 1:
            raise ValueError(f"count must be 1 or more, got {count}")
        self._count = count or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._closed = False
        self._pool = _started(self._count)

    def compress(
        self,
        input: Input,
        *,
        budget: Budget,
        query: str = "",
        model: str = "gpt-4o",
        options: Options = DEFAULTS,
    ) -> Compressed:
        """Do what `promptc.compress` does. Waiting for a process counts towards a deadline."""
        task = _task(Item(input, query), budget, model, options)
        return self._done(task, self._submit(task))

    async def acompress(
        self,
        input: Input,
        *,
        budget: Budget,
        query: str = "",
        model: str = "gpt-4o",
        options: Options = DEFAULTS,
    ) -> Compressed:
        """Do what `compress` does while an event loop goes on."""
        return await asyncio.to_thread(
            self.compress, input, budget=budget, query=query, model=model, options=options
        )

    def compress_many(
        self,
        items: Iterable[Input | Item],
        *,
        budget: Budget,
        query: str = "",
        model: str = "gpt-4o",
        options: Options = DEFAULTS,
    ) -> list[Compressed]:
        """Do what `promptc.compress_many` does, as many items at once as there are processes."""
        tasks = [_task(each, budget, model, options) for each in api.listed(items, query)]
        futures = [self._submit(task) for task in tasks]
        try:
            return [self._done(*each) for each in zip(tasks, futures, strict=True)]
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """End the processes, after what they are at; later calls raise `ValueError`."""
        self._closed = True
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _submit(self, task: _Task) -> Future[Compressed]:
        if self._closed:
            raise ValueError("these workers are closed; make new ones")
        with self._lock:
            try:
                return self._pool.submit(task.run)
            except BrokenProcessPool:
                self._pool = _started(self._count)
                return self._pool.submit(task.run)

    def _done(self, task: _Task, future: Future[Compressed]) -> Compressed:
        """What came of *task*; tried once more where a process ended, perhaps for another's."""
        with suppress(BrokenProcessPool):
            return self._result(task, future)
        try:
            return self._result(task, self._submit(task))
        except BrokenProcessPool as error:
            raise PromptcError(
                "a worker process ended twice in this call; is there memory for "
                f"{self._count}, and is the main module guarded by if __name__ == '__main__'?"
            ) from error

    def _result(self, task: _Task, future: Future[Compressed]) -> Compressed:
        left = None if task.due is None else max(task.due - time.monotonic(), 0)
        try:
            return future.result(left)
        except TimeoutError:
            future.cancel()
            # No time is left, so this raises or hands the input through, as was asked.
            return task.run()


def _task(item: Item, budget: Budget, model: str, options: Options) -> _Task:
    due = None if options.deadline is None else time.monotonic() + options.deadline
    return _Task(item.input, budget, item.query, model, options, due)


def _started(count: int) -> ProcessPoolExecutor:
    """A pool of processes that are no copies of this one: a copied lock may be held for good."""
    kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    pool = ProcessPoolExecutor(count, multiprocessing.get_context(kind), _ready)
    for _ in range(count):
        # A process starts when there is something to do: so that none starts during a call.
        pool.submit(os.getpid)
    return pool


def _ready() -> None:
    """Load what every call needs, before the first one waits for it."""
    import signal

    # Ctrl-C goes to all processes of a terminal; the one that made the workers ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from promptc.models import scorer, word_vectors
    from promptc.tokens.encodings import load_encoding

    word_vectors(), scorer()
    load_encoding("o200k_base")
