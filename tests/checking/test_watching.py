"""A change is told once, after it has settled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from promptc.checking.watching import changes


def told(looks: list[int], rounds: int, clock: int = 10**18) -> int:
    """How many looks were taken until *rounds* changes were told."""
    taken: Iterator[int] = iter(looks)
    count = 0

    def look() -> dict[str, tuple[int, int]]:
        nonlocal count
        count += 1
        return {"a.j2": (next(taken), 1)}

    watched = changes(look, sleep=lambda seconds: None, clock=lambda: clock)
    for _ in islice(watched, rounds):
        pass
    return count


def test_the_first_check_waits_for_nothing() -> None:
    assert told([], rounds=1) == 0


def test_a_change_is_told_when_two_looks_agree() -> None:
    assert told([1, 1, 1, 2, 2], rounds=2) == 5


def test_a_change_that_goes_on_is_told_once() -> None:
    assert told([1, 2, 3, 4, 4, 4, 5, 5], rounds=3) == 8


def test_what_is_written_while_it_is_checked_is_told() -> None:
    now = 10**18
    assert told([now, now], rounds=2, clock=now) == 2


def test_a_file_from_the_future_is_no_change() -> None:
    now = 10**18
    assert told([now + 10**9, now + 10**9, 5, 5], rounds=2, clock=now) == 4
