"""The check as a whole: what is chosen, ignored, fixed, cached, and compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promptc.building.flow import Request as BuildRequest
from promptc.checking import reading
from promptc.checking.flow import Request, check
from promptc.errors import ConfigError, HistoryError
from tests.checking.samples import request, write
from tests.history.repositories import git

BUDGET = "[[check.budgets]]\ntokens = 1\n"
TABLE = "| a    | b    |\n|------|------|\n| one  | two  |\n| three  | four  |\n"
LONG = "Cite the source of every number, and say so where there is none.\n" * 8


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(wanted: Request) -> list[str]:
    return [each.code for each in check(wanted).findings]


def test_select_and_ignore_go_by_the_longest_beginning(project: Path) -> None:
    write(project, {"promptc.toml": BUDGET, "p/a.j2": 'Reply {"a": "{{ b }}", "c": 1}.'})
    asked = request(Path("p"))
    assert codes(asked) == ["PC101", "PC502"]
    assert codes(replace(asked, select=("PC1",))) == ["PC101"]
    assert codes(replace(asked, ignore=("PC1",))) == ["PC502"]
    assert codes(replace(asked, select=("PC502",), ignore=("PC5",))) == ["PC502"]
    assert codes(replace(asked, select=("PC5",), ignore=("PC502",))) == []


def test_a_code_that_no_rule_has_is_refused(project: Path) -> None:
    write(project, {"p/a.j2": "Hi."})
    with pytest.raises(ConfigError, match="unknown code 'PC7'"):
        check(request(Path("p"), select=("PC7",)))


def test_error_and_warn_say_what_fails(project: Path) -> None:
    write(project, {"p/a.j2": 'Reply {"a": "{{ b }}", "c": 1}.'})
    assert check(request(Path("p"))).errors == 0
    write(project, {"promptc.toml": '[check]\nerror = ["PC5"]'})
    assert check(request(Path("p"))).errors == 1
    write(project, {"promptc.toml": '[check]\nerror = ["PC5"]\nwarn = ["PC502"]'})
    assert check(request(Path("p"))).errors == 0


def test_a_file_that_cannot_be_read_is_a_failure_and_the_rest_is_checked(project: Path) -> None:
    write(
        project, {"promptc.toml": BUDGET, "p/bad.j2": b"\xff\xfe", "p/good.j2": "Be kind, always."}
    )
    checked = check(request(Path("p")))
    assert [each.path for each in checked.findings] == ["p/good.j2"]
    assert [each.message for each in checked.failures] == [
        "p/bad.j2:1:1: byte 0xff is not UTF-8; save the file as UTF-8, or leave it out with "
        "'exclude'"
    ]


def test_an_ignored_finding_is_gone_and_its_comment_is_used(project: Path) -> None:
    text = '{# promptc: ignore PC502 #}\nReply {"a": "{{ b }}", "c": 1}.\n'
    write(project, {"p/a.j2": text, "p/b.j2": text + '\n{"a": "{{ b }}", "c": 1}'})
    assert [(each.path, each.line) for each in check(request(Path("p"))).findings] == [
        ("p/b.j2", 4)
    ]


def test_unchanged_templates_are_neither_parsed_nor_counted_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"promptc.toml": BUDGET, "p/a.j2": "Be kind, always.", "p/b.j2": "And brief."})
    asked = Request(BuildRequest(paths=[Path("p")], jobs=1))
    first = check(asked)
    write(project, {"p/b.j2": "And very brief."})
    seen: list[str] = []
    inspect = reading.inspect

    def spy(task: reading.Task) -> reading.Outcome:
        seen.append(task.job.found.name)
        return inspect(task)

    monkeypatch.setattr(reading, "inspect", spy)
    second = check(asked)
    assert seen == ["b.j2"]
    assert (first.cached, second.cached) == (0, 1)
    assert first.findings[0] == second.findings[0]


@pytest.mark.parametrize(
    "change",
    [
        {"promptc.toml": "[check.rules]\nPC401 = {least = 5}"},
        {"p/a.j2.toml": '[[samples]]\nvars = {x = "y"}'},
        {"p/part.j2": "Other text."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_a_template_is_read_by_decides_the_cache(
    project: Path, change: dict[str, str | bytes]
) -> None:
    write(project, {"promptc.toml": "", "p/a.j2": "{% include 'part.j2' %}", "p/part.j2": "Text."})
    asked = Request(BuildRequest(paths=[Path("p/a.j2")], jobs=1))
    check(asked)
    assert check(asked).cached == 1
    write(project, change)
    assert check(asked).cached == 0


# Fixing


def test_fix_rewrites_bytes_that_a_pass_edits_and_no_others(project: Path) -> None:
    before = b"\xef\xbb\xbfBe  kind.   \r\n\r\n\r\nCite {{ source }}.\rStop."
    write(project, {"p/a.j2": before})
    path = project / "p" / "a.j2"
    path.chmod(0o640)
    checked = check(request(Path("p"), fix=1))
    assert path.read_bytes() == (b"\xef\xbb\xbfBe kind.\r\n\r\n\r\nCite {{ source }}.\rStop.")
    assert path.stat().st_mode & 0o777 == 0o640
    assert checked.fixed == ("p/a.j2",)
    assert check(request(Path("p"), fix=1)).fixed == ()


def test_fix_leaves_dead_branches_and_words_alone(project: Path) -> None:
    text = "{% if false %}Holiday returns.{% endif %}\nPlease note that you must be brief.\n"
    write(project, {"p/a.j2": text})
    assert check(request(Path("p"), fix=1)).fixed == ()
    asked = request(Path("p"), fix=2)
    check(replace(asked, build=replace(asked.build, level=2)))
    assert "Holiday" in (project / "p/a.j2").read_text()
    assert "note that" not in (project / "p/a.j2").read_text()


@pytest.mark.parametrize(
    "more",
    [
        {"p/a.j2": "{# promptc: ignore-file PC207 #}\n" + TABLE},
        {"p/a.j2": "{# promptc: off #}\n" + TABLE + "{# promptc: on #}\n"},
        {"promptc.toml": '[check]\nignore = ["PC207"]'},
        {"promptc.toml": '[check.per_file_ignores]\n"p/*" = ["PC2"]'},
        {"promptc.toml": "[passes]\ncompact-tables = false"},
    ],
)
def test_fix_does_not_do_what_is_ignored(project: Path, more: dict[str, str | bytes]) -> None:
    write(project, {"p/a.j2": TABLE, **more})
    before = (project / "p/a.j2").read_bytes()
    assert check(request(Path("p"), fix=1)).fixed == ()
    assert (project / "p/a.j2").read_bytes() == before


def test_fix_reports_what_is_left(project: Path) -> None:
    small = "[check.rules]\nPC207 = {least = 1}"
    text = TABLE + '\nReply {"a": "{{ b }}", "c": 1}.'
    write(project, {"p/a.j2": text, "promptc.toml": small})
    assert codes(request(Path("p"))) == ["PC207", "PC502"]
    assert codes(request(Path("p"), fix=1)) == ["PC502"]


def test_fix_leaves_a_file_alone_that_is_no_template(project: Path) -> None:
    write(project, {"p/a.j2": "{% if x %}  Be   kind.   \n"})
    checked = check(request(Path("p"), fix=1))
    assert [each.code for each in checked.findings] == ["PC001"]
    assert (project / "p/a.j2").read_text() == "{% if x %}  Be   kind.   \n"


# Growth


@pytest.fixture
def repository(project: Path) -> Path:
    write(
        project,
        {
            "p/main.j2": "You answer.\n{% include 'part.j2' %}\n",
            "p/part.j2": "Be kind.\n",
            "p/alone.j2": "Be brief.\n",
        },
    )
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "one")
    return project


def grown(wanted: Request) -> list[str]:
    return [each.path for each in check(wanted).findings if each.code == "PC103"]


def test_a_partial_that_grows_makes_all_grow_that_include_it(repository: Path) -> None:
    assert grown(request(Path("p"))) == []
    write(repository, {"p/part.j2": LONG})
    assert grown(request(Path("p"))) == ["p/main.j2", "p/part.j2"]
    assert grown(request(Path("p/part.j2"))) == ["p/main.j2", "p/part.j2"]
    assert check(request(Path("p"))).against == "HEAD"


def test_growth_is_measured_against_the_revision_asked_for(repository: Path) -> None:
    write(repository, {"p/alone.j2": LONG})
    git(repository, "commit", "-qam", "two")
    assert grown(request(Path("p"))) == []
    assert grown(request(Path("p"), since="HEAD~1")) == ["p/alone.j2"]
    with pytest.raises(HistoryError, match="git knows no such revision"):
        check(request(Path("p"), since="nope"))


def test_a_renamed_template_has_the_past_of_its_old_name(repository: Path) -> None:
    git(repository, "mv", "p/alone.j2", "p/renamed.j2")
    write(repository, {"p/new.j2": LONG})
    assert grown(request(Path("p"))) == []
    write(repository, {"p/renamed.j2": "Be brief.\n" + LONG})
    git(repository, "commit", "-qam", "two")
    git(repository, "mv", "p/renamed.j2", "p/again.j2")
    write(repository, {"p/again.j2": "Be brief.\n" + LONG * 2})
    assert grown(request(Path("p"))) == ["p/again.j2"]


def test_without_git_and_before_the_first_commit_nothing_has_grown(project: Path) -> None:
    write(project, {"p/a.j2": LONG})
    assert grown(request(Path("p"))) == []
    git(project, "init", "-q")
    assert grown(request(Path("p"))) == []


def test_a_template_that_did_not_parse_before_has_no_past(repository: Path) -> None:
    write(repository, {"p/alone.j2": "{% if x %}"})
    git(repository, "commit", "-qam", "broken")
    write(repository, {"p/alone.j2": LONG})
    assert grown(request(Path("p"))) == []


def test_the_baseline_is_a_ratchet(project: Path) -> None:
    write(project, {"p/a.j2": LONG, "p/b.j2": "Be kind."})
    baseline = project / "promptc-baseline.json"
    with pytest.raises(ConfigError, match="no such baseline"):
        check(request(Path("p"), baseline=baseline))
    check(request(Path("p"), update_baseline=True))
    write(project, {"p/a.j2": "Short."})
    assert grown(request(Path("p"), baseline=baseline)) == []
    check(request(Path("p"), baseline=baseline, update_baseline=True))
    write(project, {"p/a.j2": LONG})
    assert grown(request(Path("p"), baseline=baseline)) == ["p/a.j2"]
    again = check(request(Path("p"), baseline=baseline, update_baseline=True))
    assert any("1 grown and left as they were" in note for note in again.notes)
    assert grown(request(Path("p"), baseline=baseline)) == ["p/a.j2"]


def test_the_configuration_names_the_baseline(project: Path) -> None:
    write(project, {"p/a.j2": LONG, "promptc.toml": '[check]\nbaseline = "base.json"'})
    check(request(Path("p"), update_baseline=True))
    assert (project / "base.json").exists()
    write(project, {"p/a.j2": LONG * 2})
    assert grown(request(Path("p"))) == ["p/a.j2"]


# The provider's cache


def test_savings_that_cost_more_on_the_cache_are_not_advised(project: Path) -> None:
    table = "| Plan      | Seats      | Price     |\n|-----------|------------|-----------|\n"
    row = "| Team  | 10   | 90     |\n"
    line = "Cite the source of each number, and say so where there is none.\n"
    write(project, {"p/a.j2": table + row * 40 + line * 35 + "{{ question }}"})
    checked = check(request(Path("p")))
    assert "PC207" not in [each.code for each in checked.findings]
    assert any("are not advised" in note for note in checked.notes)
    before = (project / "p/a.j2").read_bytes()
    assert check(request(Path("p"), fix=1)).fixed == ()
    assert (project / "p/a.j2").read_bytes() == before
