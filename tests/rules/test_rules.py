"""Every case of every rule, through the check that users run."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from promptc.building.flow import Request as BuildRequest
from promptc.checking.flow import Request, read
from promptc.checking.judging import judged
from promptc.errors import ConfigError
from promptc.findings import Finding
from promptc.inspection import Past, Rule
from promptc.manual import manual
from promptc.passes import LEVELS, PASSES
from promptc.rules import RULES, find, made
from promptc.rules.savings import SAVINGS
from tests.rules.cases import NAME, Case, all_cases, cases

# The price of the day is none that a test could know.
PRICES = """
[models."gpt-4o"]
input = 2.5
cached_input = 1.25
output = 10.0
date = "2026-11-03"
"""


def findings(case: Case, folder: Path) -> list[Finding]:
    """What the rule of *case* finds in the template of *case*, in a project of its own."""
    prompts = folder / "prompts"
    texts = {NAME: case.template, f"{NAME}.toml": case.sidecar} | case.files
    for name, text in texts.items():
        path = prompts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    (folder / "promptc.toml").write_text(f'prices = "prices.toml"\n{case.config}', encoding="utf-8")
    build = BuildRequest(paths=[prompts], cached=False, jobs=1)
    state = read(Request(build))
    pasts = {prompts / name: Past(tokens, "in HEAD") for name, tokens in case.past.items()}
    found = judged(state, {path.resolve(): past for path, past in pasts.items()}).findings
    return [each for each in found if each.code == case.code]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.code}: {case.title}")
def test_rule(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = [_line(each) for each in findings(case, tmp_path)]
    assert said == list(case.found)


def _line(finding: Finding) -> str:
    other = "" if Path(finding.path).name == NAME else f"{Path(finding.path).name}:"
    return f"{other}{finding.line}:{finding.column} {finding.message}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_is_whole(rule: type[Rule]) -> None:
    assert re.fullmatch(r"PC\d{3}", rule.code)
    told = manual(rule)
    assert told.what.splitlines()[0].endswith(".")
    assert all((told.why, told.fix, told.leave)), "say why, how to fix it, and when to leave it"
    found = list(cases(rule.code))
    assert any(case.found for case in found), "add a case that it finds"
    assert any(not case.found for case in found), "add a case that it leaves alone"
    options = {each.name for each in fields(rule)}  # type: ignore[arg-type]
    shared = "PC201" if rule in SAVINGS else rule.code
    assert options <= {name for name in options for case in cases(shared) if name in case.config}


def test_codes_and_names_are_used_once() -> None:
    assert len({each.code for each in RULES}) == len({each.name for each in RULES}) == len(RULES)
    assert [each.code for each in RULES] == sorted(each.code for each in RULES)


def test_every_pass_that_saves_by_itself_has_a_code() -> None:
    saving = {
        each.name for each in PASSES if each.earns == "tokens" and LEVELS.get(each.name) in (1, 2)
    }
    assert saving == {each.name for each in SAVINGS}
    for each in SAVINGS:
        assert (each.fixed_by == "--fix") == (LEVELS[each.name] == 1), each.name


def test_a_rule_is_found_by_code_and_by_name() -> None:
    assert find("pc403") is find("contradiction")
    with pytest.raises(ConfigError, match="did you mean 'PC403'"):
        find("PC433")


def test_options_go_to_the_rules_that_have_them() -> None:
    by_code = {each.code: each for each in made({"PC2": {"least": 5}, "PC205": {"fail": 9}})}
    assert (by_code["PC205"].least, by_code["PC205"].fail) == (5, 9)  # type: ignore[attr-defined]
    assert (by_code["PC201"].least, by_code["PC201"].fail) == (5, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"PC2": {"lest": 5}}, "rule PC2 has no option 'lest'; did you mean 'least'?"),
        ({"PC201": {"least": -1}}, "whole number from 0 up, not -1"),
        ({"PC9": {"least": 1}}, "unknown code 'PC9'"),
        ({"PC101": {"least": 1}}, "rule PC101 has no option 'least'; it has none"),
    ],
)
def test_options_that_no_rule_has_are_refused(
    options: dict[str, dict[str, object]], message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        made(options)
