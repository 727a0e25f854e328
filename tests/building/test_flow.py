"""The build as a whole, on real folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from promptc.building import jobs
from promptc.building.flow import Request, build
from promptc.errors import ConfigError
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.passes import PASSES
from promptc.protocols import Guarantee, PassContext
from promptc.results import Built, Compiled
from promptc.source import Span

ASK = "Answer  the question.\nCite {{ source }}.\n"
BAD = "{% if x %}never closed\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one template, and the working folder."""
    monkeypatch.chdir(tmp_path)
    put("templates/ask.j2", ASK)
    return tmp_path


def put(path: str, text: str) -> Path:
    where = Path(path)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(text.encode())
    return where


def run(*paths: str, **options: Any) -> Built:
    """Build *paths*, by default the folder templates, in this process."""
    given = [Path(path) for path in paths or ("templates",)]
    return build(Request(given, **{"jobs": 1, **options}))[0]


def only(built: Built) -> Compiled:
    (compiled,) = built.files
    return compiled


def output(name: str = "ask.j2", out: str = "build") -> str:
    return (Path(out) / name).read_text(encoding="utf-8")


CONFIG = """
model = "gpt-4"
level = 0
out = "compiled"
[passes]
collapse-spaces = {longer_than = 9}
[set]
source = "the book"
"""


def test_the_configuration_decides_where_nothing_else_is_said(project: Path) -> None:
    put("promptc.toml", CONFIG)
    built = run()
    assert (built.model, built.level, built.out) == ("gpt-4", 0, "compiled")
    assert output(out="compiled") == ASK


def test_the_request_goes_before_the_configuration(project: Path) -> None:
    put("promptc.toml", CONFIG)
    told = {"collapse-spaces": {"longer_than": 1}}
    built = run(
        model="gpt-4o", level=1, out=Path("here"), passes=told, bindings={"source": "the manual"}
    )
    assert (built.model, built.level, built.out) == ("gpt-4o", 1, "here")
    assert output(out="here") == "Answer the question.\nCite the manual.\n"
    assert not Path("compiled").exists()


def test_a_pass_is_switched_off_over_the_configuration(project: Path) -> None:
    put("promptc.toml", "[passes]\ncollapse-spaces = true\n")
    run(passes={"collapse-spaces": False})
    assert output() == ASK


def test_a_configuration_that_is_named_is_the_only_one(project: Path) -> None:
    put("promptc.toml", "nonsense = 1\n")
    put("other/mine.toml", "level = 0\n")
    assert run(config=Path("other/mine.toml"), out=Path("build")).level == 0


@pytest.mark.parametrize(
    ("sidecar", "output_price", "calls"),
    [
        ("", Decimal("0.003"), 20),
        ("calls_per_month = 7", Decimal("0.003"), 14),
        ("calls_per_request = 5", Decimal("0.003"), 50),
        ("calls_per_month = 7\ncalls_per_request = 5", Decimal("0.003"), 35),
        ("output_tokens = 1000", Decimal("0.010"), 20),
        ("output_tokens = 0", Decimal(0), 20),
        ("calls_per_month = 0", Decimal("0.003"), 0),
    ],
)
def test_what_stands_beside_a_template_decides_its_money(
    project: Path, sidecar: str, output_price: Decimal, calls: int
) -> None:
    config = "calls_per_month = 10\ncalls_per_request = 2\noutput_tokens = 300\n"
    put("promptc.toml", f'{config}prices = "prices.toml"\n')
    put("prices.toml", '[models."gpt-4o"]\ninput = 2\noutput = 10\ndate = "2026-01-31"\n')
    put("templates/ask.j2.toml", sidecar)
    money = only(run()).cost.money
    assert money is not None
    assert (money.output, money.calls, money.date) == (output_price, calls, "2026-01-31")


def test_a_month_is_unknown_where_nobody_says_how_many_calls(project: Path) -> None:
    money = only(run()).cost.money
    assert money is not None
    assert money.calls is None


def test_a_price_file_that_is_not_there_is_said(project: Path) -> None:
    with pytest.raises(ConfigError, match=r"prices\.tml: no such file or folder; .*prices\.toml"):
        put("prices.toml", "")
        run(prices=Path("prices.tml"))


VOCABULARY = {
    "version": "1.0",
    "added_tokens": [],
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}


def test_a_model_without_a_price_is_counted_by_its_tokenizer_file(project: Path) -> None:
    put("tokenizer.json", json.dumps(VOCABULARY))
    compiled = only(run(model="our-own", tokenizer=Path("tokenizer.json")))
    assert compiled.cost.money is None
    assert compiled.cost.exact
    with pytest.raises(ConfigError, match="our-own"):
        run(model="our-own")


def test_a_cache_folder_that_can_not_be_written_is_noted_once(project: Path) -> None:
    put(".promptc_cache", "a file where the folder should be")
    for name in "abc":
        put(f"templates/{name}.j2", ASK)
    built = run()
    assert built.published
    (note,) = built.notes
    assert note.startswith("building without a cache: ")
    assert ".promptc_cache" in note


def test_two_output_folders_share_a_cache(project: Path) -> None:
    assert [run(out=Path(out)).cached for out in ("one", "two", "one")] == [0, 1, 1]
    assert output(out="one") == output(out="two")


def test_without_a_cache_everything_is_compiled_and_nothing_is_kept(project: Path) -> None:
    assert [run(cached=False).cached for _ in range(2)] == [0, 0]
    assert not Path(".promptc_cache").exists()


@pytest.mark.parametrize("changed", ["direct.j2", "deep.j2"])
def test_a_changed_include_is_compiled_anew_however_deep_it_is(project: Path, changed: str) -> None:
    put("templates/ask.j2", "{% include 'parts/direct.j2' %}")
    put("templates/parts/direct.j2", "A {% include 'parts/deep.j2' %}")
    put("templates/parts/deep.j2", "B")
    options: dict[str, Any] = {"passes": {"inline-includes": {}}}
    assert [run(**options).cached for _ in range(2)] == [0, 3]
    where = Path("templates/parts", changed)
    where.write_text(where.read_text().replace("A ", "A new ").replace("B", "New B"))
    built = run(**options)
    users = {"direct.j2": 2, "deep.j2": 3}[changed]
    assert built.cached == 3 - users
    assert "ew" in output()


def test_an_include_that_appears_is_compiled_in(project: Path) -> None:
    put("templates/ask.j2", "{% include 'late.j2' ignore missing %}")
    run()
    put("templates/late.j2", "Here.")
    assert run().cached == 0


def test_several_processes_list_what_fails_and_compile_the_rest(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SPLIT", 1)
    put("templates/bad.j2", BAD)
    put("templates/tell.j2", ASK)
    built = run(jobs=2, keep_going=True)
    assert [each.name for each in built.files] == ["ask.j2", "tell.j2"]
    (failure,) = built.failures
    assert failure.message.startswith("templates/bad.j2:1:1: ")
    assert not Path("build/bad.j2").exists()


def test_progress_counts_what_is_compiled_not_what_is_cached(project: Path) -> None:
    run()
    put("templates/new.j2", ASK)
    seen: list[tuple[int, int]] = []
    build(Request([Path("templates")], jobs=1), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]


@dataclass(frozen=True)
class Swap:
    """Say SPACING, and swap two words."""

    name: ClassVar[str] = "collapse-spaces"
    version: ClassVar[int] = 1
    guarantee: ClassVar[Guarantee] = Guarantee.SPACING
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    def run(self, template: Template, ctx: PassContext) -> Iterable[Edit]:
        at = template.text.find("the question")
        if at >= 0:
            yield Edit((Patch(Span(at, at + 12), "the answers."),), rule="swap")


def test_a_pass_that_lies_is_left_out_and_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("templates/ask.j2", "Answer  the question.   \nBe brief.\n")
    put("templates/calm.j2", "Be  brief.   \n")
    honest = [each for each in PASSES if each.name == "trim-line-ends"]
    monkeypatch.setattr("promptc.building.flow.PASSES", (Swap, *honest))
    asked, calm = run().files
    assert asked.text == "Answer  the question.\nBe brief.\n"
    (note,) = asked.notes
    assert note.startswith("collapse-spaces promised ")
    assert "bug in promptc: the pass was left out" in note
    assert calm.notes == ()


def locks() -> Iterator[str]:
    yield from json.loads(output("promptc.lock"))["files"]


Break = Callable[[], object]
ODD: dict[str, Break] = {
    "a pass is unknown": lambda: run(passes={"trim-ends": {}}),
    "no path is given": lambda: build(Request([])),
    "a folder is not there": lambda: run("templats"),
    "the output is the input": lambda: run(out=Path("templates")),
}


@pytest.mark.parametrize("attempt", ODD.values(), ids=ODD)
def test_what_can_not_be_built_is_refused_before_anything_is_written(
    project: Path, attempt: Break
) -> None:
    with pytest.raises(ConfigError):
        attempt()
    assert {each.name for each in project.iterdir()} <= {"templates", ".promptc_cache"}


CASES = {
    "differ in case": ({"Ask.j2", "ask.j2"}, "are one file where case does not count"),
    "a device of Windows": ({"con.j2"}, "templates/con.j2: this name has the part 'con.j2'"),
    "a name that is kept": ({"ledger.json/x.j2"}, "is a name that promptc keeps for itself"),
}


@pytest.mark.parametrize(("names", "message"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("mode", ["plain", "locked", "dry_run", "keep_going"])
def test_a_name_that_can_not_stand_everywhere_fails_its_template_alone(
    project: Path, names: set[str], message: str, mode: str
) -> None:
    put("templates/good.j2", ASK)
    put("templates/bad.j2", BAD)
    (project / "templates" / "ask.j2").unlink()
    run("templates/good.j2")
    for name in names:
        put(f"templates/{name}", ASK)
    built = run(**{} if mode == "plain" else {mode: True})
    assert {each.name for each in built.failures} == names | {"bad.j2"}
    assert all(message in each.message for each in built.failures if each.name in names)
    assert [each.name for each in built.files] == ["good.j2"]
    assert list(locks()) == ["good.j2"]
