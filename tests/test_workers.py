"""Processes that compress: the same results, deadlines that hold, a process that dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptc import (
    Budget,
    BudgetError,
    DeadlineError,
    Item,
    Options,
    Workers,
    compress,
)
from promptc.compressing import memory
from tests.compressing.samples import prose

HALF = Budget(rate=0.5)
QUERY = "Who wrote?"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as made:
        yield made


def test_processes_keep_what_one_process_keeps(workers: Workers) -> None:
    texts = [prose(n) for n in range(8, 24)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: workers.compress(text, budget=HALF), texts))
    assert [each.text for each in found] == [compress(text, budget=HALF).text for text in texts]


def test_every_item_is_asked_its_own_question(workers: Workers) -> None:
    documents = [prose(12), prose(5)]
    first, second = workers.compress_many([prose(9), Item(documents, QUERY)], budget=HALF)
    assert first.text == compress(prose(9), budget=HALF).text
    assert second.documents == compress(documents, budget=HALF, query=QUERY).documents


def test_an_event_loop_goes_on(workers: Workers) -> None:
    short = asyncio.run(workers.acompress(prose(9), budget=HALF))
    assert short.tokens_after <= short.limit


def test_errors_come_back_as_they_are(workers: Workers) -> None:
    with pytest.raises(BudgetError, match="what must be kept takes"):
        workers.compress("Keep this.", budget=Budget(tokens=1), options=Options(keep=("Keep",)))
    with pytest.raises(ValueError, match="items must be inputs"):
        workers.compress_many("one text", budget=HALF)


def test_waiting_for_a_process_counts_towards_the_deadline() -> None:
    with Workers(1) as one:
        one.compress(prose(9), budget=HALF)
        memory.forget()
        (process,) = one._pool._processes
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(DeadlineError):
                one.compress(prose(9), budget=HALF, options=Options(deadline=0.02))
            passing = Options(deadline=0.02, on_deadline="pass")
            passed = one.compress(prose(9), budget=HALF, options=passing)
        finally:
            os.kill(process, signal.SIGCONT)
        assert (passed.text, passed.met) == (prose(9), False)
        assert one.compress(prose(9), budget=HALF).met


def test_a_process_that_dies_is_replaced(workers: Workers) -> None:
    workers.compress(prose(9), budget=HALF)
    for process in list(workers._pool._processes):
        os.kill(process, signal.SIGKILL)
    assert workers.compress(prose(10), budget=HALF).met


def test_closed_workers_say_so() -> None:
    made = Workers(1)
    made.close()
    with pytest.raises(ValueError, match="closed"):
        made.compress("Text.", budget=HALF)
    with pytest.raises(ValueError, match="1 or more"):
        Workers(0)


UNGUARDED = """
import promptc
with promptc.Workers(1) as workers:
    workers.compress("a b", budget=promptc.Budget(rate=1))
"""


def test_a_main_module_without_a_guard_is_named(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED, encoding="utf-8")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "guarded by if __name__ == '__main__'" in run.stderr.splitlines()[-1]
