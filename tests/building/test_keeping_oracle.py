"""Many builds in a row, beside a slow model of what they may remove."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from promptc.building import ledger, lock, manifest
from promptc.building.flow import Request, build

FOLDERS = ("a", "b")
NAMES = ("x.j2", "y.j2")
BROKEN = "{% if x %}"

sources = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES]
edits = st.dictionaries(st.sampled_from(sources), st.sampled_from(["1", "2", BROKEN, ""]))
targets = st.one_of(
    st.lists(st.sampled_from(FOLDERS), min_size=1, unique=True),
    st.sampled_from(sources).map(lambda source: [source]),
)
steps = st.lists(st.tuples(edits, targets, st.booleans()), min_size=2, max_size=6)


@dataclass
class Model:
    """The sources that are there, and for each output its source and its text."""

    there: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, tuple[str, str]] = field(default_factory=dict)

    def build(self, given: list[str], *, keep_going: bool) -> None:
        partial = given[0] in sources
        seen = [s for s in sorted(self.there) if s in given or s.split("/")[0] in given]
        good: dict[str, tuple[str, str]] = {}
        failed: set[str] = set()
        for source in seen:
            name = source.split("/")[1]
            old = self.outputs.get(name, (source, ""))[0]
            twice = any(name == other.split("/")[1] for other in seen if other < source)
            taken = old != source and old in self.there and (old not in seen or source < old)
            if taken or twice or self.there[source] == BROKEN:
                failed.add(name)
            else:
                good[name] = (source, self.there[source])
        if not good or (failed and not keep_going):
            return
        for name, (source, text) in self.outputs.items():
            stays = partial or (source in self.there and source.split("/")[0] not in given)
            if name not in good and (stays or name in failed):
                good[name] = (source, text)
        self.outputs = good


@settings(deadline=None, max_examples=60)
@given(steps)
def test_an_output_goes_only_when_its_source_is_gone(
    plan: list[tuple[dict[str, str], list[str], bool]],
) -> None:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            _compare(plan)
        finally:
            os.chdir(here)


def _compare(plan: list[tuple[dict[str, str], list[str], bool]]) -> None:
    model = Model()
    for name in FOLDERS:
        Path(name).mkdir()
    for changes, given_paths, keep_going in plan:
        for source, text in changes.items():
            if text:
                Path(source).write_text(text)
                model.there[source] = text
            else:
                Path(source).unlink(missing_ok=True)
                model.there.pop(source, None)
        paths = [path for path in given_paths if path in FOLDERS or path in model.there]
        if not paths:
            continue
        model.build(paths, keep_going=keep_going)
        request = Request(
            [Path(each) for each in paths], level=0, jobs=1, keep_going=keep_going, out=Path("out")
        )
        build(request)
        assert _published() == {name: text for name, (_, text) in model.outputs.items()}


def _published() -> dict[str, str]:
    """The outputs of the manifest, which the mirror, the lock and the ledger agree with."""
    out = Path("out")
    if not out.exists():
        return {}
    listed = manifest.read(out)
    home = manifest.folder(out, listed)
    found = {name: (home / name).read_text() for name in listed.files}
    assert found == {each.name: each.read_text() for each in out.glob("*.j2")}
    assert {n: each.output for n, each in lock.read(out).files.items()} == dict(listed.files)
    assert set(ledger.load(out).files) == set(found)
    return found
