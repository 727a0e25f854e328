"""Builds that move documents: what they write, keep, share, repair, delete and refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import promptc
from promptc.building import lock, manifest
from promptc.building.flow import Request, build
from promptc.errors import PromptcError
from promptc.outlining import shelf
from promptc.results import Built
from promptc.retrieval import Index
from tests.handbook import handbook, pdf, questions, template

INCLUDING = 'Answer.\n{% include "docs/handbook.md" %}\nQuestion: {{ question }}'
GRANT = 'grant = ["docs/handbook.md"]\nquery = "question"\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no build find what an earlier run of these tests compiled."""
    monkeypatch.chdir(tmp_path)


def wrote(folder: Path, **files: str) -> Path:
    """Write templates and what stands beside them, ``__`` for a slash and ``_dot_`` for a dot."""
    for name, text in files.items():
        path = folder / "templates" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder / "build"


def marked(folder: Path, text: str = "", name: str = "ask") -> Path:
    """A template that marks its handbook, with its questions."""
    files = {f"{name}_dot_j2": template(text or handbook())}
    return wrote(folder, **files, **{f"{name}_dot_j2_dot_toml": questions()})


def run(folder: Path, **more: object) -> tuple[Built, tuple[str, ...]]:
    paths = more.pop("paths", [folder / "templates"])
    shelf._remembered.cache_clear()
    return build(Request(paths, out=folder / "build", level=3, jobs=1, **more))  # type: ignore[arg-type]


def built(folder: Path, **more: object) -> Built:
    done, _ = run(folder, **more)
    assert not done.failures, done.failures
    return done


def indexes(out: Path) -> list[Path]:
    home = manifest.folder(out, manifest.read(out)) / shelf.FOLDER
    return sorted(home.iterdir()) if home.is_dir() else []


def test_a_build_writes_the_index_beside_the_outputs_and_locks_it(tmp_path: Path) -> None:
    out = marked(tmp_path)
    done = built(tmp_path)
    assert '{{ retrieve("handbook", query=question, k=' in (out / "ask.j2").read_text()
    listed = manifest.read(out)
    assert list(listed.indexes) == ["handbook"]
    assert [each.name for each in indexes(out)] == [listed.indexes["handbook"]]
    assert lock.read(out).files["ask.j2"].documents == dict(listed.indexes)
    assert lock.read(out).files["ask.j2"].guarantees == ("OUTLINE",)
    assert not list(out.glob("*index*"))
    (outline,) = done.files[0].outlines
    assert outline.moved and outline.place == "3:1"
    assert done.files[0].cost.after < done.files[0].cost.before


def test_nothing_is_embedded_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    first = (out / "manifest.json").read_bytes()
    monkeypatch.setattr(Index, "build", None)
    assert built(tmp_path).cached == 1
    # Another question, the same document: compiled anew, with the index that is there.
    path = tmp_path / "templates" / "ask.j2"
    path.write_text(path.read_text() + "?")
    assert built(tmp_path).cached == 0
    assert (out / "manifest.json").read_bytes() != first
    assert promptc.load(out).get_template("ask.j2").render(question="Who hands out keys?")


def test_a_changed_document_has_a_new_index_and_the_old_one_goes(tmp_path: Path) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    old = manifest.read(out).indexes["handbook"]
    marked(tmp_path, handbook("30 days"))
    path = tmp_path / "templates" / "ask.j2.toml"
    path.write_text(path.read_text().replace("26 days", "30 days"))
    built(tmp_path)
    new = manifest.read(out).indexes["handbook"]
    assert new != old
    assert [each.name for each in indexes(out)] == [new]
    text = promptc.load(out).get_template("ask.j2").render(question="How many days of vacation?")
    assert "30 days" in text and "26 days" not in text


def test_an_index_that_no_template_needs_goes(tmp_path: Path) -> None:
    out = marked(tmp_path)
    wrote(tmp_path, other_dot_j2="Hello {{ name }}")
    built(tmp_path)
    assert indexes(out)
    (tmp_path / "templates" / "ask.j2").unlink()
    built(tmp_path)
    assert not indexes(out)
    assert "indexes" not in json.loads((out / "manifest.json").read_bytes())


def test_two_templates_share_the_index_of_one_document(tmp_path: Path) -> None:
    out = wrote(
        tmp_path,
        one_dot_j2=INCLUDING,
        one_dot_j2_dot_toml=GRANT + questions(),
        two_dot_j2="Brief.\n" + INCLUDING,
        two_dot_j2_dot_toml=GRANT + questions(),
        docs__handbook_dot_md=handbook(),
    )
    built(tmp_path)
    assert len(indexes(out)) == 1
    env = promptc.load(out)
    for name in ("one.j2", "two.j2"):
        assert "Mira Stone" in env.get_template(name).render(question="Who hands out keys?")
    assert lock.read(out).files["one.j2"].includes.keys() == {"docs/handbook.md"}


def test_two_documents_of_one_name_are_refused(tmp_path: Path) -> None:
    marked(tmp_path)
    marked(tmp_path, handbook("30 days"), name="other")
    done, _ = run(tmp_path)
    (failure,) = done.failures
    assert failure.name == "other.j2"
    assert "document 'handbook' is another text than in ask.j2" in failure.message
    assert not (tmp_path / "build").exists()


def test_two_documents_of_one_name_in_one_template_are_refused(tmp_path: Path) -> None:
    text = template(handbook()) + template(handbook("30 days"))
    wrote(tmp_path, ask_dot_j2=text)
    done, _ = run(tmp_path)
    assert "'handbook' is the name of another document, at ask.j2:3:1" in done.failures[0].message


def test_a_part_of_a_folder_keeps_the_indexes_of_the_rest(tmp_path: Path) -> None:
    out = marked(tmp_path)
    wrote(tmp_path, other_dot_j2="Hello {{ name }}")
    built(tmp_path)
    wrote(tmp_path, other_dot_j2="Good morning {{ name }}")
    built(tmp_path, paths=[tmp_path / "templates" / "other.j2"])
    assert len(indexes(out)) == 1
    assert promptc.load(out).get_template("ask.j2").render(question="Who hands out keys?")


def test_a_part_of_a_folder_does_not_change_a_document_that_the_rest_needs(tmp_path: Path) -> None:
    out = marked(tmp_path)
    marked(tmp_path, name="other")
    built(tmp_path)
    marked(tmp_path, handbook("30 days"), name="other")
    with pytest.raises(PromptcError, match=r"not the one that ask\.j2 retrieves; build the whole"):
        run(tmp_path, paths=[tmp_path / "templates" / "other.j2"])
    assert "30 days" not in promptc.load(out).get_template("ask.j2").render(question="vacation")


def test_an_index_that_is_gone_is_an_error_where_its_template_is_not_built(tmp_path: Path) -> None:
    out = marked(tmp_path)
    wrote(tmp_path, other_dot_j2="Hello {{ name }}")
    built(tmp_path)
    shutil.rmtree(indexes(out)[0])
    other = [tmp_path / "templates" / "other.j2"]
    with pytest.raises(PromptcError, match="index of 'handbook' is gone or damaged"):
        run(tmp_path, paths=other)
    built(tmp_path)
    assert indexes(out)


@pytest.mark.parametrize("how", ["truncated", "changed", "deleted", "foreign", "newer"])
def test_a_broken_index_is_an_error_at_load_and_the_next_build_mends_it(
    tmp_path: Path, how: str
) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    (vectors,) = indexes(out)[0].rglob("vectors.faiss")
    listed = indexes(out)[0] / "manifest.json"
    data = vectors.read_bytes()
    if how == "truncated":
        vectors.write_bytes(data[: len(data) // 2])
    elif how == "changed":
        vectors.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "deleted":
        vectors.unlink()
    elif how == "foreign":
        listed.write_text("{}")
    else:
        listed.write_text(listed.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(PromptcError, match="run `promptc build` again"):
        promptc.load(out)
    built(tmp_path)
    assert promptc.load(out).get_template("ask.j2").render(question="Who hands out keys?")


def test_the_lock_holds_the_document(tmp_path: Path) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    assert run(tmp_path, locked=True)[1] == ()
    shutil.rmtree(out / ".gen")
    assert run(tmp_path, locked=True, cached=False)[1] == ()
    marked(tmp_path, handbook("30 days"))
    _, findings = run(tmp_path, locked=True)
    assert "ask.j2: the document 'handbook' changed, or what its index is made by" in findings


def test_the_lock_tells_documents_that_come_and_go(tmp_path: Path) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    old = lock.read(out)
    wrote(tmp_path, ask_dot_j2=handbook())
    _, findings = run(tmp_path, locked=True)
    assert "ask.j2: the document 'handbook' is not retrieved any more" in findings
    built(tmp_path)
    new = lock.read(out)
    assert "ask.j2: the document 'handbook' is retrieved, and the lock has none of it" in (
        lock.compare(new, old)
    )


def test_a_dry_run_and_a_failure_write_no_index(tmp_path: Path) -> None:
    out = marked(tmp_path)
    built(tmp_path, dry_run=True)
    assert not out.exists()
    wrote(tmp_path, bad_dot_j2="{% if %}")
    done, _ = run(tmp_path)
    assert done.failures and not out.exists()
    run(tmp_path, keep_going=True)
    assert len(indexes(out)) == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../secret.md", "lies outside of the template folder"),
        ("docs/../../secret.md", "lies outside of the template folder"),
        ("gone.md", "no file 'gone.md' below the template folder"),
        ("link.md", "hidden or outside of the template folder"),
        ("docs", "unknown grant 'docs'"),
    ],
)
def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "secret.md").write_text(handbook())
    wrote(
        tmp_path,
        ask_dot_j2=f'{{% include "{name}" %}}{{{{ question }}}}',
        ask_dot_j2_dot_toml=f'grant = ["{name}"]\nquery = "question"',
        docs__more_dot_md="More.",
    )
    (tmp_path / "templates" / "link.md").symlink_to(tmp_path / "secret.md")
    done, _ = run(tmp_path)
    assert why in done.failures[0].message
    assert not (tmp_path / "build").exists()


def test_windows_line_ends_come_out_as_they_went_in(tmp_path: Path) -> None:
    out = wrote(
        tmp_path,
        ask_dot_j2=template(handbook()).replace("\n", "\r\n"),
        ask_dot_j2_dot_toml=questions(),
    )
    built(tmp_path)
    data = (out / "ask.j2").read_bytes()
    assert b"retrieve(" in data
    assert data.count(b"\n") == data.count(b"\r\n") > 0
    text = promptc.load(out).get_template("ask.j2").render(question="Who hands out keys?")
    assert "Mira Stone" in text


def test_a_build_of_a_build_changes_nothing(tmp_path: Path) -> None:
    out = marked(tmp_path)
    built(tmp_path)
    done, _ = build(Request([out], out=tmp_path / "again", level=3, jobs=1, cached=False))
    (again,) = done.files
    assert again.text == (out / "ask.j2").read_text() == again.source
    assert again.outlines == ()


def test_a_pdf_is_read_for_its_text(tmp_path: Path) -> None:
    wrote(
        tmp_path,
        ask_dot_j2='{% include "handbook.pdf" %}\nQuestion: {{ question }}',
        ask_dot_j2_dot_toml='grant = ["handbook.pdf"]\nquery = "question"\n' + questions(),
    )
    (tmp_path / "templates" / "handbook.pdf").write_bytes(pdf(handbook()))
    out = tmp_path / "build"
    built(tmp_path)
    text = promptc.load(out).get_template("ask.j2").render(question="Who hands out keys?")
    assert "Mira Stone" in text
