"""Stop a build at every step it takes on disk, and kill real ones; nothing may be lost."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from promptc.building import manifest
from promptc.building.earlier import Earlier, load
from promptc.building.publish import Content, publish
from tests.building.test_publish import FIRST, LEDGER, SECOND, generations, mirror

THIRD = {"ask.j2": b"Ask?\n", "rag/answer.j2": b"Answer!\n"}
STEPS = frozenset(
    {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "shutil.rmtree"}
)


class Stop:
    """Raise at step number *at* in one folder, and at every later one where *dead*."""

    def __init__(self) -> None:
        self.armed = False
        self.dead = False
        self.at = 0
        self.seen = 0
        self.folder = ""

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.armed or event not in STEPS or not str(arguments[0]).startswith(self.folder):
            return
        self.seen += 1
        if self.seen == self.at or (self.dead and self.seen > self.at):
            raise KeyboardInterrupt

    def run(self, out: Path, outputs: Mapping[str, bytes], *, rest: bool = False) -> bool:
        """Publish *outputs*; say whether it came to its end."""
        self.seen, self.folder, self.armed = 0, str(out), True
        try:
            put(out, outputs, rest=rest)
        except KeyboardInterrupt:
            return False
        finally:
            self.armed = False
        return True


STOP = Stop()
sys.addaudithook(STOP)


def put(out: Path, outputs: Mapping[str, bytes], *, rest: bool = False) -> None:
    """Publish *outputs*, and with *rest* keep what else is there."""

    def plan(now: Earlier) -> Content:
        kept = {name: known for name, known in now.outputs.items() if name not in outputs}
        return Content(outputs, LEDGER, b"{}\n", kept=kept if rest else {})

    publish(load(out), plan)


def stops(
    tmp_path: Path, outputs: Mapping[str, bytes], *, dead: bool, rest: bool = False
) -> Iterator[Path]:
    """Build folders that show FIRST and were stopped on the way to *outputs*, at every step."""
    base = tmp_path / "base"
    put(base, FIRST)
    STOP.dead = dead
    for STOP.at in range(1, 500):
        out = tmp_path / f"out{STOP.at}"
        shutil.copytree(base, out)
        if STOP.run(out, outputs, rest=rest):
            assert STOP.at > 30
            return
        yield out
    raise AssertionError("the build never came to its end")


def published(out: Path) -> dict[str, bytes]:
    """What a reader of the manifest sees; every file is there and is what the manifest says."""
    listed = manifest.read(out)
    home = manifest.folder(out, listed)
    found = {name: (home / name).read_bytes() for name in listed.files}
    assert manifest.Manifest.of(found) == listed
    return found


def clean(out: Path) -> bool:
    return not list(out.rglob(".promptc-*")) and len(generations(out)) <= 2


@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("after", [SECOND, FIRST, {}])
def test_a_build_stopped_anywhere_is_repaired_by_the_next(
    tmp_path: Path, after: dict[str, bytes], dead: bool
) -> None:
    for out in stops(tmp_path, SECOND, dead=dead):
        assert published(out) in (FIRST, SECOND)
        put(out, after)
        assert mirror(out) == published(out) == after
        assert clean(out)
        assert {each.name for each in out.iterdir() if each.is_dir()} <= {".gen", "rag", "new"}
        assert after or [each.name for each in out.iterdir() if each.is_dir()] == [".gen"]


@pytest.mark.parametrize("dead", [False, True])
def test_a_build_of_a_part_that_is_stopped_anywhere_loses_nothing(
    tmp_path: Path, dead: bool
) -> None:
    part = {"ask.j2": b"Ask!\n"}
    after = {**FIRST, **part}
    for out in stops(tmp_path, part, dead=dead, rest=True):
        assert published(out) in (FIRST, after)
        put(out, part, rest=True)
        assert mirror(out) == published(out) == after
        assert clean(out)


def test_two_builds_stopped_in_a_row_are_repaired_by_the_third(tmp_path: Path) -> None:
    for out in stops(tmp_path, SECOND, dead=True):
        STOP.run(out, THIRD)
        assert published(out) in (FIRST, SECOND, THIRD)
        put(out, FIRST)
        assert mirror(out) == published(out) == FIRST
        assert clean(out)


def test_an_interrupted_build_leaves_no_temporary_file(tmp_path: Path) -> None:
    for out in stops(tmp_path, SECOND, dead=False):
        left = [each for each in out.rglob(".promptc-*") if each.parent != out / ".gen"]
        assert left == []


LOOP = """
import pathlib, sys
from promptc.building.earlier import load
from promptc.building.publish import Content, publish
out, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(rounds):
    mark = f"{sys.argv[3]} {number % 7} "
    outputs = {f"{n % 5}/{n + number % 3}.j2": (mark * n).encode() for n in range(12)}
    publish(load(out), lambda earlier: Content(outputs, b'"promptc": "ledger"', b"{}"))
"""


def looping(out: Path, rounds: int, mark: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOOP, str(out), str(rounds), mark]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_builds_leave_a_manifest_that_can_be_read(tmp_path: Path) -> None:
    out, chance = tmp_path / "build", random.Random(7)
    put(out, FIRST)
    for number in range(8):
        before = (out / "manifest.json").read_bytes()
        child = looping(out, 10_000, str(number))
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        while (out / "manifest.json").read_bytes() == before:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.08))
        child.kill()
        child.communicate()
        assert published(out)
    put(out, FIRST)
    assert mirror(out) == published(out) == FIRST
    assert clean(out)


def test_two_builds_at_once_leave_one_of_them_whole(tmp_path: Path) -> None:
    out = tmp_path / "build"
    both = [looping(out, 8, mark) for mark in ("one", "two")]
    assert [each.wait(timeout=60) for each in both] == [0, 0]
    for each in both:
        each.communicate()
    found = published(out)
    assert mirror(out) == found
    assert len(found) == 12
    assert len({data.split()[0] for data in found.values() if data}) == 1
    assert clean(out)
