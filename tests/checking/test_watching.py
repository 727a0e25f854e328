"""A change is told once, after it has settled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from promptc.checking.watching import changes


def told(looks: list[int], rounds: int) -> int:
    """How many looks were taken until *rounds* changes were told."""
    taken: Iterator[int] = iter(looks)
    count = 0

    def look() -> dict[str, tuple[int, int]]:
        nonlocal count
        count += 1
        return {"a.j2": (next(taken), 1)}

    for _ in islice(changes(look, sleep=lambda seconds: None), rounds):
        pass
    return count


def test_the_first_check_waits_for_nothing() -> None:
    assert told([], rounds=1) == 0


def test_a_change_is_told_when_two_looks_agree() -> None:
    assert told([1, 1, 1, 2, 2], rounds=2) == 5


def test_a_change_that_goes_on_is_told_once() -> None:
    assert told([1, 2, 3, 4, 4, 4, 5, 5], rounds=3) == 8
