from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.cells import cell_len

from promptc.report.why import why
from promptc.results import Built, Step, Undone
from tests.report.samples import ALL, GOOD, HOSTILE, NOTHING, UNDONE, built, compiled, sampled

DOCS = Path(__file__).parents[2] / "docs" / "report.md"
WHY = """\
why: static tokens saved, by guarantee and pass
                              saved     kept   undone  skipped
EXACT                             0        1        -        -
  drop-dead-branches              0        1        -        -
SPACING                         104       12        1        2
  collapse-blank-lines          104       12        -        -
  collapse-spaces                 0        -        1        2
DATA                            122        3        -        -
  minify-json                   122        3        -        -
    'layout' 1, 'tojson' 1
MEANING                          20        5        -        1
  trim-filler                    20        5        -        1
    'it shou…e noted that' 2, 'as such' 1, 'kindly' 1, 1 more rule
support/agent.j2
  drop-dead-branches              0        1        -        -
  collapse-blank-lines          104       12        -        -
  collapse-spaces                 0        -        1        2
  minify-json                   100        2        -        -
  trim-filler                    20        5        -        1
  costs 980 + tokens(question)
rag/answer.j2
  minify-json                    22        1        -        -
EXACT: the same text on every path
SPACING: the same words, spaced differently
DATA: the same data, written shorter
MEANING: different words; the quality checks agree
"""


def lines(build: Built, width: int = 80) -> list[str]:
    return [each.plain for each in why(build.files, width)]


def test_passes_stand_under_their_guarantee_and_its_subtotal() -> None:
    assert lines(GOOD) == WHY.splitlines()


def test_the_docs_show_it() -> None:
    assert f"```text\n{WHY}```" in DOCS.read_text()


def test_of_one_template_only_its_cost_is_added() -> None:
    agent = GOOD.files[2]
    shown = lines(built(agent))
    assert sum("trim-filler" in line for line in shown) == 1
    assert shown[-6:-4] == ["support/agent.j2", "  costs 980 + tokens(question)"]


def test_a_pass_that_kept_nothing_has_a_row_and_one_that_proposed_nothing_has_none() -> None:
    step = Step("collapse-spaces", 1, "SPACING", 0, 0, 0, (UNDONE,))
    shown = lines(built(compiled("a.j2", sampled(9, 9, 9), steps=(step,))))
    assert shown[2].split() == ["SPACING", "0", "-", "1", "-"]
    assert lines(NOTHING) == ["why: no pass changed anything"]


def test_tokens_that_a_pass_cost_are_red_and_those_it_saved_green() -> None:
    steps = (Step("minify-json", 1, "DATA", 9, 8, 1), Step("grow", 1, "DATA", 8, 11, 1))
    rows = list(why([compiled("a.j2", sampled(9, 9, 9), steps=steps)], 80))
    styles = {row.plain.split()[0]: str(row.spans[0].style) for row in rows[2:5]}
    assert styles == {"DATA": "red", "minify-json": "green", "grow": "red"}


def test_80_columns_hold_large_numbers_and_long_rules() -> None:
    rules = tuple((f"{n} {HOSTILE}", 10_000_000) for n in range(9))
    undone = (Undone("p", "a.j2", 1, 1, "", "", "no"),) * 1000
    step = Step("normalize-characters", 1, "MEANING", 10**8, 0, 10**6, undone, 10**6, rules)
    shown = lines(built(compiled("a.j2", sampled(9, 9, 9), steps=(step,))))
    assert any("100,000,000" in line for line in shown)
    assert max(map(cell_len, shown)) <= 80
    assert all(line.isprintable() for line in shown)


def test_a_guarantee_that_is_not_known_comes_last() -> None:
    file = GOOD.files[2]
    later = replace(file, steps=(Step("shout", 1, "LOUD", 9, 8, 1), *file.steps))
    assert lines(built(later))[-1] == "LOUD: unknown"


def test_hostile_names_are_escaped() -> None:
    assert all(line.isprintable() for line in lines(ALL["hostile"]))
