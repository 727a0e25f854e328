"""Which statement of one text became which of another."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeVar

from promptc.analysis.utterances import Statement, blocks, statements

ALIKE = 0.34
"""Two statements that share fewer of their words are not versions of one."""
APART = 0.6
"""The same, where they don't stand between the same neighbors."""
LARGEST = 4_000_000
"""Pairs that are compared one by one; beyond, what stands once on each side divides them."""
MOST = 60
"""Statements of a stretch that are held against each other one by one."""

_Item = TypeVar("_Item", bound=Hashable)


class Pair(NamedTuple):
    """A statement before and after; *moved*: others that stay changed sides."""

    old: Statement
    new: Statement
    moved: bool = False


class Stretch(NamedTuple):
    """Statements between two that stayed: each side may be empty."""

    old: tuple[Statement, ...]
    new: tuple[Statement, ...]


class Paired(NamedTuple):
    """What became of the statements that did not just stay.

    *stretches* hold pairs that are reworded in place, *moved* those that went elsewhere, *gone* and
    *come* what has no partner.
    """

    stretches: tuple[tuple[Stretch, tuple[Pair, ...]], ...]
    moved: tuple[Pair, ...]
    gone: tuple[Statement, ...]
    come: tuple[Statement, ...]


def paired(before: str, after: str) -> Paired:
    """Pair the statements of two masked texts; those of blocks that are equal are not read."""
    left = [each for hunk in _hunks(before, after) for each in _unequal(hunk)]
    left, moved = _moved(left)
    stretches: list[tuple[Stretch, tuple[Pair, ...]]] = []
    gone: list[Statement] = []
    come: list[Statement] = []
    for each in left:
        pairs = tuple(_alike(each.old, each.new, ALIKE))
        stretches.append((each, pairs))
        held = {id(one) for pair in pairs for one in (pair.old, pair.new)}
        gone += [one for one in each.old if id(one) not in held]
        come += [one for one in each.new if id(one) not in held]
    far = tuple(pair._replace(moved=True) for pair in _alike(gone, come, APART))
    held = {id(one) for pair in far for one in (pair.old, pair.new)}
    return Paired(
        tuple(stretches),
        (*moved, *far),
        tuple(one for one in gone if id(one) not in held),
        tuple(one for one in come if id(one) not in held),
    )


def _hunks(before: str, after: str) -> Iterator[Stretch]:
    old, new = blocks(before), blocks(after)
    for _, one, two, three, four in _opcodes(
        [block.text for block in old], [block.text for block in new]
    ):
        yield Stretch(
            tuple(each for block in old[one:two] for each in statements(block)),
            tuple(each for block in new[three:four] for each in statements(block)),
        )


def _unequal(hunk: Stretch) -> Iterator[Stretch]:
    """The parts of *hunk* that don't say the same words in the same order."""
    ways = _opcodes([each.keys for each in hunk.old], [each.keys for each in hunk.new])
    for _, one, two, three, four in ways:
        part = Stretch(hunk.old[one:two], hunk.new[three:four])
        old, new = ([key for each in side for key in each.keys] for side in part)
        if old != new:
            yield part


def _opcodes(
    old: Sequence[_Item], new: Sequence[_Item]
) -> Iterator[tuple[str, int, int, int, int]]:
    """How *old* becomes *new*, what stays at both ends taken off first."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not inner_old and not inner_new:
        return
    for start, stop, first, last in _gaps(inner_old, inner_new):
        part = inner_old[start:stop], inner_new[first:last]
        if len(part[0]) * len(part[1]) > LARGEST:
            yield "replace", start + head, stop + head, first + head, last + head
            continue
        for tag, one, two, three, four in SequenceMatcher(
            None, *part, autojunk=False
        ).get_opcodes():
            if tag != "equal":
                yield (
                    tag,
                    one + start + head,
                    two + start + head,
                    three + first + head,
                    four + first + head,
                )


def _gaps(old: Sequence[_Item], new: Sequence[_Item]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches that can be compared apart: what is there once on both sides stays where it is."""
    if len(old) * len(new) <= LARGEST:
        yield 0, len(old), 0, len(new)
        return
    ones, twos = Counter(old), Counter(new)
    places = {each: to for to, each in enumerate(new) if twos[each] == 1}
    once = [(at, places[each]) for at, each in enumerate(old) if ones[each] == 1 and each in places]
    start, first = 0, 0
    for at, to in _rising(once):
        yield start, at, first, to
        start, first = at + 1, to + 1
    yield start, len(old), first, len(new)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of *pairs* whose second numbers rise as the first do."""
    tails: list[int] = []
    best: list[int] = []
    before: list[int] = []
    for number, (_, to) in enumerate(pairs):
        at = bisect_left(tails, to)
        before.append(best[at - 1] if at else -1)
        tails[at : at + 1] = [to]
        best[at : at + 1] = [number]
    found: list[tuple[int, int]] = []
    number = best[-1] if best else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _moved(left: Sequence[Stretch]) -> tuple[list[Stretch], list[Pair]]:
    """Take out what says the very same elsewhere."""
    places: dict[tuple[str, ...], list[Statement]] = {}
    for each in left:
        for one in each.new:
            places.setdefault(one.keys, []).append(one)
    pairs: list[Pair] = []
    for each in left:
        for one in each.old:
            if places.get(one.keys):
                pairs.append(Pair(one, places[one.keys].pop(0), True))
    held = {id(one) for pair in pairs for one in (pair.old, pair.new)}
    rest = [
        Stretch(
            tuple(one for one in each.old if id(one) not in held),
            tuple(one for one in each.new if id(one) not in held),
        )
        for each in left
    ]
    return [each for each in rest if each.old or each.new], pairs


def _alike(old: Sequence[Statement], new: Sequence[Statement], least: float) -> Iterator[Pair]:
    """Pairs that share at least *least* of their words, the most alike first."""
    if len(old) == len(new) == 1 and least < APART and old[0].heading == new[0].heading:
        yield Pair(old[0], new[0])
        return
    reach = MOST if max(len(old), len(new)) > MOST else max(len(old), len(new))
    rated = sorted(
        (-share, abs(at - to), at, to)
        for at, one in enumerate(old)
        for to in range(max(0, at - reach), min(len(new), at + reach + 1))
        if (share := overlap(one.keys, new[to].keys)) >= least
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, _, at, to in rated:
        if at not in taken[0] and to not in taken[1]:
            taken[0].add(at)
            taken[1].add(to)
            yield Pair(old[at], new[to])


def overlap(one: Sequence[str], two: Sequence[str]) -> float:
    """The share of their words that two statements have in common, by the longer of them."""
    ones, twos = set(one), set(two)
    return len(ones & twos) / max(len(ones), len(twos), 1)
