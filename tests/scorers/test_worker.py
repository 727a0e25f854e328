"""Callers share passes; who no longer waits is not worked for; nothing waits without a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.errors import DeadlineError
from promptc.protocols import patient
from promptc.scorers.joining import How, Rated
from promptc.scorers.queue import Job, Queue
from promptc.scorers.reading import Plan, Row
from promptc.scorers.shared import Shared
from promptc.scorers.worker import Worker


class Echo:
    """Rates each token by itself, and notes what it was given in each pass."""

    name, version, asks, budget, alike = "echo", "1", False, 64, 0.75
    how: How = "sum"
    parallel = 1

    def __init__(self) -> None:
        self.passes: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.error: BaseException | None = None

    def plan(self, text: str, query: str) -> Plan:
        ids = np.array([ord(each) for each in text], np.int64)
        rows = tuple(
            Row(len(part), None, part) for part in np.split(ids, range(8, len(ids), 8)) if len(part)
        )
        spans = np.stack([np.arange(len(ids)), np.arange(len(ids)) + 1], axis=1)
        return Plan(text, rows, spans)

    def read(self, rows: Sequence[Row]) -> list[Any]:
        self.begun.set()
        self.gate.wait(10)
        if self.error is not None:
            raise self.error
        self.passes.append([len(row.ids) for row in rows])
        return [row.ids.astype(np.float32) for row in rows]

    def rated(self, plan: Plan, values: Sequence[Any]) -> Rated:
        return Rated(plan.text, plan.offsets, np.concatenate([*values, np.zeros(0, np.float32)]))


def row(size: int, group: object = None) -> Row:
    return Row(size, group, np.arange(size))


def busy(reader: Echo, worker: Worker, pool: ThreadPoolExecutor) -> Any:
    """Begin a call that is in its pass until the gate opens."""
    reader.gate.clear()
    first = pool.submit(worker.run, [row(4)], patient)
    assert reader.begun.wait(10)
    return first


def waiting(worker: Worker, tokens: int) -> None:
    """Wait until *tokens* wait."""
    end = time.monotonic() + 10
    while worker._queue.tokens != tokens and time.monotonic() < end:
        time.sleep(0.001)
    assert worker._queue.tokens == tokens


def test_calls_of_many_threads_share_a_pass() -> None:
    reader = Echo()
    worker = Worker(reader)
    with ThreadPoolExecutor(8) as pool:
        first = busy(reader, worker, pool)
        calls = [pool.submit(worker.run, [row(7 + n)], patient) for n in range(5)]
        waiting(worker, 45)
        reader.gate.set()
        assert [len(each.result()[0]) for each in calls] == [7, 8, 9, 10, 11]
        first.result()
    assert sorted(map(len, reader.passes)) == [1, 5]
    assert (worker.counts.calls, worker.counts.passes) == (6, 2)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 90), st.sampled_from("ab")), min_size=1, max_size=9),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 200),
)
def test_every_row_is_picked_once_within_the_budget(
    calls: list[list[tuple[int, str]]], budget: int
) -> None:
    queue = Queue()
    jobs = [Job([row(size, group) for size, group in each]) for each in calls]
    for job in jobs:
        queue.put(job)
    seen: list[tuple[int, int]] = []
    while queue:
        queue_lead = queue._jobs[0]
        picked = queue.pick(budget)
        rows = [job.rows[at] for job, at in picked]
        longest, shortest = max(r.size for r in rows), min(r.size for r in rows)
        assert len(rows) == 1 or longest * len(rows) <= budget
        assert len({r.group for r in rows}) == 1
        assert shortest >= min(int(0.75 * longest), longest - 16)
        assert picked[0][0] is queue_lead
        seen += [(jobs.index(job), at) for job, at in picked]
    assert sorted(seen) == [(n, at) for n, each in enumerate(calls) for at in range(len(each))]
    assert queue.tokens == 0


def test_a_long_text_does_not_keep_a_short_one_waiting() -> None:
    reader = Echo()
    worker = Worker(reader)
    with ThreadPoolExecutor(3) as pool:
        first = busy(reader, worker, pool)
        long = pool.submit(worker.run, [row(60) for _ in range(50)], patient)
        waiting(worker, 3_000)
        short = pool.submit(worker.run, [row(5)], patient)
        waiting(worker, 3_005)
        reader.gate.set()
        short.result()
        long.result()
        first.result()
    assert [5] in reader.passes[:4]


def test_who_comes_during_a_pass_is_next_in_the_order_of_coming() -> None:
    queue = Queue()
    long = Job([row(60) for _ in range(9)])
    others = [Job([row(size), row(size)]) for size in (5, 30)]
    queue.put(long)
    led = [queue.pick(64)[0][0]]
    for job in others:
        queue.put(job)
    led += [queue.pick(32)[0][0] for _ in range(4)]
    assert led == [long, *others, long, others[1]]


def test_a_deadline_ends_the_wait_and_the_work() -> None:
    reader = Echo()
    worker = Worker(reader)
    end = time.monotonic() + 0.05

    def hurry() -> None:
        if time.monotonic() > end:
            raise DeadlineError("late")

    with ThreadPoolExecutor(2) as pool:
        first = busy(reader, worker, pool)
        with pytest.raises(DeadlineError):
            worker.run([row(6), row(60)], hurry)
        assert worker._queue.tokens == 0
        reader.gate.set()
        first.result()
    assert worker.counts.given_up == 1
    assert reader.passes == [[4]]


def test_what_waits_is_bounded() -> None:
    reader = Echo()
    worker = Worker(reader, waiting=100)
    with ThreadPoolExecutor(4) as pool:
        first = busy(reader, worker, pool)
        calls = [pool.submit(worker.run, [row(40)], patient) for _ in range(3)]
        waiting(worker, 80)
        time.sleep(0.05)
        assert worker._queue.tokens == 80
        reader.gate.set()
        assert [len(each.result()[0]) for each in calls] == [40, 40, 40]
        first.result()


def test_an_error_reaches_whoever_waits_and_the_worker_goes_on() -> None:
    reader = Echo()
    worker = Worker(reader)
    reader.error = ZeroDivisionError("broken")
    with pytest.raises(ZeroDivisionError):
        worker.run([row(3)], patient)
    reader.error = None
    assert len(worker.run([row(3)], patient)[0]) == 3


def test_equal_texts_are_read_once() -> None:
    """B7: what was scored before was scored again."""
    reader = Echo()
    shared = Shared(reader)
    one, two, three = shared.score(["abc", "abc", "d"])
    assert one.bits.tolist() == two.bits.tolist() == [97, 98, 99]
    (again,) = shared.score(["abc"], "a question that changes nothing")
    assert again is one
    assert sum(map(len, reader.passes)) == 2
    assert three.bits.tolist() == [100]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptc.scorers.shared.REMEMBERED", 10)
    shared = Shared(Echo())
    for each in ("aaaa", "bbbb", "cccc", "d" * 11):
        shared.score([each])
    assert len(shared._known) == 2
    assert shared._tokens == 8
