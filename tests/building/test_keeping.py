"""An output goes only when its source is gone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from promptc.building import earlier, ledger, lock, manifest
from promptc.building.earlier import load
from promptc.building.flow import Request, build
from promptc.building.lock import Entry
from promptc.building.publish import Content, publish
from promptc.errors import ConfigError, LockError, PromptcError
from promptc.results import Built
from tests.building.test_flow import ASK, BAD, output, put, run
from tests.building.test_publish import FIRST, LEDGER, mirror

BOTH = {"ask.j2": ASK, "rag/answer.j2": "Answer  it.\n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built folder of two templates, and the working folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in BOTH.items():
        put(f"templates/{name}", text)
    run()
    return tmp_path


def published(out: str = "build") -> dict[str, str]:
    """What a reader of the manifest sees, which the lock and the ledger speak of too."""
    folder = Path(out)
    listed = manifest.read(folder)
    home = manifest.folder(folder, listed)
    assert set(listed.files) == set(entries(out)) == set(ledger.load(folder).files)
    assert {name: each.output for name, each in entries(out).items()} == dict(listed.files)
    return {name: (home / name).read_text(encoding="utf-8") for name in listed.files}


def entries(out: str = "build") -> Mapping[str, Entry]:
    return lock.read(Path(out)).files


def files(out: str = "build") -> dict[str, bytes]:
    """Every file that promptc answers for, but its private ones."""
    found = (each for each in Path(out).rglob("*") if each.is_file() and ".gen" not in each.parts)
    return {each.as_posix(): each.read_bytes() for each in found}


def findings(*paths: str, **options: Any) -> tuple[str, ...]:
    return build(Request([Path(each) for each in paths], locked=True, jobs=1, **options))[1]


def notes(built: Built) -> str:
    return "\n".join(built.notes)


# Folders


def test_an_output_whose_source_is_gone_goes(project: Path) -> None:
    (project / "templates" / "ask.j2").unlink()
    assert run().removed == ("ask.j2",)
    assert published() == {"rag/answer.j2": "Answer it.\n"}


def test_an_output_whose_source_is_left_out_now_goes(project: Path) -> None:
    put("promptc.toml", 'exclude = ["rag/"]\n')
    assert run().removed == ("rag/answer.j2",)


def test_outputs_of_another_folder_stay_while_their_sources_are_there(project: Path) -> None:
    before = entries()
    put("other/tell.j2", "Tell  it.\n")
    assert run("other", out=Path("build")).removed == ()
    assert published().keys() == {"tell.j2", *BOTH}
    assert {name: entries()[name] for name in BOTH} == before
    shutil.rmtree(project / "templates" / "rag")
    assert run("other", out=Path("build")).removed == ("rag/answer.j2",)
    assert published().keys() == {"tell.j2", "ask.j2"}


def test_a_folder_that_was_renamed_leaves_nothing_behind(project: Path) -> None:
    (project / "templates").rename(project / "prompts")
    (project / "prompts" / "ask.j2").rename(project / "prompts" / "question.j2")
    assert run("prompts").removed == ("ask.j2",)
    assert published().keys() == {"question.j2", "rag/answer.j2"}


def test_two_templates_of_one_name_do_not_replace_each_other(project: Path) -> None:
    put("other/ask.j2", "Another.\n")
    put("other/tell.j2", "Tell.\n")
    built = run("other", keep_going=True)
    (failure,) = built.failures
    assert failure.message == (
        "other/ask.j2: its output would replace that of templates/ask.j2; build each of the two "
        "folders with its own -o"
    )
    assert published()["ask.j2"].startswith("Answer the question.")
    assert "tell.j2" in published()


def test_of_two_folders_with_one_name_the_one_that_was_built_keeps_its_output(
    project: Path,
) -> None:
    put("another/ask.j2", "Another.\n")
    built = run("another", "templates", keep_going=True)
    assert [each.name for each in built.failures] == ["ask.j2", "ask.j2"]
    assert [each.name for each in built.files] == ["rag/answer.j2"]
    assert published()["ask.j2"].startswith("Answer the question.")


def test_a_folder_inside_the_one_that_was_built_is_refused(project: Path) -> None:
    before = files()
    with pytest.raises(ConfigError, match=r"build: was built from templates, which holds .*rag;"):
        run("templates/rag")
    assert files() == before
    run("templates/rag", out=Path("rag_only"))


@pytest.mark.parametrize("more", [[], ["templates/ask.j2"]])
def test_a_folder_around_the_one_that_was_built_renames_the_outputs(
    project: Path, more: list[str]
) -> None:
    run("templates/rag", out=Path("small"))
    built = run("templates", *more, out=Path("small"))
    assert published("small").keys() == BOTH.keys()
    assert built.removed == ("answer.j2",)
    assert notes(built) == (
        "answer.j2: this output went, since its template is built as 'rag/answer.j2'"
    )


def test_the_same_folder_by_another_path_is_the_same_folder(project: Path) -> None:
    (project / "link").symlink_to(project / "templates")
    (project / "templates" / "ask.j2").unlink()
    assert run("link").removed == ("ask.j2",)
    assert run(str(project / "templates")).removed == ()


# Files


def test_a_file_alone_leaves_everything_else_as_it_is(project: Path) -> None:
    before = files()
    put("templates/ask.j2", "Ask  anew.\n")
    (project / "templates" / "rag" / "answer.j2").unlink()
    built = run("templates/ask.j2")
    assert (built.removed, [each.name for each in built.files]) == ((), ["ask.j2"])
    assert published() == {"ask.j2": "Ask anew.\n", "rag/answer.j2": "Answer it.\n"}
    assert files()["build/rag/answer.j2"] == before["build/rag/answer.j2"]
    put("templates/ask.j2", ASK)
    run("templates/ask.j2")
    assert files() == before


@pytest.mark.parametrize("names", [["ask.j2"], ["rag/answer.j2"], list(BOTH)])
def test_files_and_their_folder_give_the_same_build(project: Path, names: list[str]) -> None:
    before = files()
    assert run(*(f"templates/{name}" for name in names)).published
    assert files() == before


def test_a_file_has_the_name_and_the_includes_that_its_folder_gave_it(project: Path) -> None:
    put("templates/rag/new.j2", "{% include 'ask.j2' %}")
    built = run("templates/rag/new.j2", passes={"inline-includes": {}})
    assert built.files[0].requires == ("ask.j2",)
    assert published().keys() == {"rag/new.j2", *BOTH}


def test_a_file_of_a_folder_that_was_never_built_is_named_from_its_own(project: Path) -> None:
    put("other/deep/tell.j2", "Tell.\n")
    run("other/deep/tell.j2", "templates/rag/answer.j2")
    assert published().keys() == {"tell.j2", *BOTH}


def test_a_renamed_file_takes_the_place_of_its_old_name(project: Path) -> None:
    (project / "templates" / "ask.j2").rename(project / "templates" / "Ask.j2")
    assert run("templates/Ask.j2").published
    assert published().keys() == {"Ask.j2", "rag/answer.j2"}


def test_a_file_alone_is_built_into_an_empty_folder(project: Path) -> None:
    run("templates/rag/answer.j2", out=Path("new"))
    assert published("new").keys() == {"answer.j2"}


def test_other_settings_for_some_files_are_noted(project: Path) -> None:
    built = run("templates/ask.j2", level=0)
    assert notes(built) == (
        "build/promptc.lock: level is 0, and the lock says 2; outputs of the last build were kept "
        "(1): build whole folders to make them agree"
    )
    assert entries()["rag/answer.j2"].passes
    assert not entries()["ask.j2"].passes


# What is kept is what was published


def test_what_is_kept_is_what_was_published_not_what_stands_beside(project: Path) -> None:
    (project / "build" / "rag" / "answer.j2").unlink()
    put("templates/ask.j2", "Ask  anew.\n")
    run("templates/ask.j2")
    assert output("rag/answer.j2") == "Answer it.\n"


def test_an_edited_output_is_neither_kept_nor_overwritten(project: Path) -> None:
    put("build/rag/answer.j2", "Mine.\n")
    put("templates/ask.j2", "Ask  anew.\n")
    with pytest.raises(PromptcError, match=r"build/rag/answer\.j2: edited since promptc wrote it"):
        run("templates/ask.j2")
    assert output("rag/answer.j2") == "Mine.\n"


def test_a_fresh_clone_is_built_on(project: Path) -> None:
    shutil.rmtree(project / "build" / ".gen")
    before = files()
    run("templates/rag/answer.j2")
    assert files() == before
    assert published().keys() == BOTH.keys()


def test_a_fresh_clone_with_an_edited_output_is_not_built_on(project: Path) -> None:
    shutil.rmtree(project / "build" / ".gen")
    put("build/ask.j2", "Mine.\n")
    with pytest.raises(PromptcError, match=r"build/ask\.j2: edited or deleted since .* build the"):
        run("templates/rag/answer.j2")


def test_a_lock_without_its_outputs_is_kept_too(project: Path) -> None:
    before = (project / "build" / "promptc.lock").read_bytes()
    for each in (project / "build").iterdir():
        if each.name != "promptc.lock":
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    run("templates/rag/answer.j2")
    assert (project / "build" / "promptc.lock").read_bytes() == before
    assert output("rag/answer.j2") == "Answer it.\n"


DAMAGE = {
    "promptc.lock": "<<<<<<< HEAD\n",
    "ledger.json": '{"promptc": "ledger", "version": 1, "files": 3}',
    "manifest.json": '{"promptc": "manifest", ',
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_can_not_be_read_is_not_overwritten_by_a_part(project: Path, name: str) -> None:
    put(f"build/{name}", DAMAGE[name])
    before = files()
    with pytest.raises(PromptcError, match=rf"{name}.*Name whole folders for that"):
        run("templates/ask.j2")
    assert files() == before
    assert run().published
    assert published().keys() == BOTH.keys()


def test_a_damaged_lock_alone_is_not_overwritten_by_a_part(project: Path) -> None:
    put("locked/promptc.lock", DAMAGE["promptc.lock"])
    with pytest.raises(LockError, match="the mark of a merge conflict"):
        run("templates/ask.j2", out=Path("locked"))
    assert output("promptc.lock", "locked") == DAMAGE["promptc.lock"]


def test_a_manifest_that_is_gone_is_not_taken_for_an_empty_folder(project: Path) -> None:
    (project / "build" / "manifest.json").unlink()
    with pytest.raises(PromptcError, match=r"manifest\.json: not there any more"):
        run("templates/ask.j2")
    assert output("rag/answer.j2") == "Answer it.\n"


def test_a_build_that_comes_between_is_kept(project: Path) -> None:
    seen = load(Path("build"))
    put("templates/new.j2", "New.\n")
    run("templates/new.j2")
    told: list[set[str]] = []

    def plan(now: earlier.Earlier) -> Content:
        told.append(set(now.outputs))
        return Content({"x.j2": b"X"}, LEDGER, b"{}", kept=now.outputs)

    publish(seen, plan)
    assert told == [set(BOTH), {"new.j2", *BOTH}]
    assert set(manifest.read(Path("build")).files) == {"x.j2", "new.j2", *BOTH}


def test_hashes_that_are_kept_are_those_of_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(load(out), lambda now: Content(FIRST, LEDGER, b"{}"))
    kept = {name: data for name, data in FIRST.items() if name != "ask.j2"}
    for _ in range(2):
        publish(
            load(out),
            lambda now: Content(
                {"ask.j2": b"Anew"}, LEDGER, b"{}", kept={n: now.outputs[n] for n in kept}
            ),
        )
        assert mirror(out) == {"ask.j2": b"Anew", **kept}


# Failures


def test_a_template_that_fails_keeps_its_last_good_output(project: Path) -> None:
    before, drops = entries()["ask.j2"], ledger.load(Path("build")).files["ask.j2"]
    put("templates/ask.j2", BAD)
    put("templates/rag/answer.j2", "Answer  anew.\n")
    built = run(keep_going=True)
    assert built.published
    assert notes(built) == "ask.j2: the output of the last good build was kept"
    assert published() == {
        "ask.j2": "Answer the question.\nCite {{ source }}.\n",
        "rag/answer.j2": "Answer anew.\n",
    }
    assert entries()["ask.j2"] == before
    assert ledger.load(Path("build")).files["ask.j2"] == drops


def test_a_template_that_never_was_built_keeps_nothing(project: Path) -> None:
    put("templates/new.j2", BAD)
    assert run(keep_going=True).notes == ()
    assert published().keys() == BOTH.keys()


def test_nothing_is_lost_where_everything_fails(project: Path) -> None:
    before = files()
    for name in BOTH:
        put(f"templates/{name}", BAD)
    built = run(keep_going=True)
    assert (built.published, len(built.notes)) == (False, 2)
    assert files() == before


def test_a_template_whose_sidecar_is_wrong_keeps_its_output(project: Path) -> None:
    put("templates/rag/answer.j2.toml", "samples = [")
    built = run(keep_going=True)
    assert [each.name for each in built.failures] == ["rag/answer.j2"]
    assert notes(built) == "rag/answer.j2: the output of the last good build was kept"
    assert published().keys() == BOTH.keys()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize("folder", ["templates", "templates/rag"])
def test_a_folder_that_can_not_be_read_keeps_its_outputs(project: Path, folder: str) -> None:
    put("other/tell.j2", "Tell.\n")
    os.mkfifo(Path(folder, ".gitignore"))
    built = run("templates", "other", keep_going=True)
    (failure,) = built.failures
    assert failure.name == Path(folder).name
    assert published().keys() == {"tell.j2", *BOTH}


def test_a_failing_file_alone_keeps_its_output(project: Path) -> None:
    put("templates/ask.j2", BAD)
    built = run("templates/ask.j2", "templates/rag/answer.j2", keep_going=True)
    assert built.failures[0].message.startswith("templates/ask.j2:1:1: ")
    assert published().keys() == BOTH.keys()


# The lock


def test_a_locked_file_is_compared_alone(project: Path) -> None:
    put("templates/ask.j2", "Ask  anew.\n")
    put("templates/new.j2", "New.\n")
    assert findings("templates/rag/answer.j2") == ()
    assert findings("templates/new.j2") == ("new.j2: added since the lock was written",)
    assert findings("templates/ask.j2")[0] == "ask.j2: the source changed"
    assert findings("templates/rag/answer.j2", level=1)[0] == "level is 1, and the lock says 2"


def test_a_locked_file_is_compared_in_a_fresh_clone(project: Path) -> None:
    shutil.rmtree(project / "build" / ".gen")
    assert findings("templates/rag/answer.j2") == ()


def test_a_locked_folder_is_compared_whole(project: Path) -> None:
    (project / "templates" / "ask.j2").unlink()
    assert findings("templates") == ("ask.j2: in the lock, but no longer here",)
    put("other/tell.j2", "Tell.\n")
    run("other", out=Path("build"))
    assert findings("other", out=Path("build")) == ()
    (project / "templates" / "rag" / "answer.j2").unlink()
    assert findings("other", out=Path("build")) == (
        "rag/answer.j2: in the lock, but no longer here",
    )


def test_a_template_that_fails_is_not_said_to_be_gone(project: Path) -> None:
    put("templates/ask.j2", BAD)
    assert findings("templates") == ()


def test_the_lock_says_where_the_templates_lie_from_the_output(project: Path) -> None:
    assert {each.root for each in entries().values()} == {"../templates"}
    moved = project.parent / "moved"
    shutil.copytree(project, moved)
    assert json.loads((moved / "build" / "promptc.lock").read_bytes()) == json.loads(
        (project / "build" / "promptc.lock").read_bytes()
    )


def test_a_folder_outside_of_the_project_is_not_named_in_the_lock(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("elsewhere") / "out"
    run(out=out)
    assert str(project) not in (out / "promptc.lock").read_text()
    assert {each.root for each in lock.read(out).files.values()} == {""}
    put("other/tell.j2", "Tell.\n")
    assert run("other", out=out).removed == ()
    run("templates/rag/answer.j2", out=out)
    assert set(manifest.read(out).files) == {"tell.j2", *BOTH}
    (project / "templates").rename(project / "prompts")
    run("prompts", out=out)
    assert run("other", out=out).removed == ()


def test_a_lock_can_not_lead_a_file_out_of_its_project(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = put(str(tmp_path_factory.mktemp("private") / "key.j2"), "Secret.\n")
    shutil.rmtree(project / "build" / ".gen")
    text = output("promptc.lock").replace("../templates", "/")
    put("build/promptc.lock", text)
    put("templates/ask.j2", f"{{% include '{secret.as_posix()[1:]}' %}}")
    built = run("templates/ask.j2", out=Path("build"), passes={"inline-includes": {}})
    assert all("Secret" not in each.text for each in built.files)
