"""What a program gets from `promptc.load`: the templates of a build, and the filter compress."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

import promptc
from promptc.building import manifest
from promptc.building.flow import Request, build
from promptc.errors import PromptcError
from promptc.tokens import get_tokenizer

DOCS = [
    "The library opens at nine. Children read there on Mondays. Coffee is sold in the hall.",
    "Anna Weber signed the contract in Kiel. The rain fell all day. Nobody saw the mayor.",
]
ASK = """Answer from these texts.
{# promptc: context rate=0.4 query=question #}
{% for doc in docs %}{{ doc }}
{% endfor %}
{# promptc: end #}
{% include "parts/end.j2" %}"""
END = "Question: {{ question }}"
GIVEN = {"docs": DOCS, "question": "Who signed the contract?"}


def made(folder: Path, level: int = 3, **files: str) -> Path:
    """The build of *files* in *folder*, by name less its suffix."""
    for name, text in files.items():
        path = folder / "templates" / f"{name.replace('__', '/')}.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    out = folder / "build"
    built, _ = build(Request([folder / "templates"], out=out, level=level, cached=False, jobs=1))
    assert not built.failures, built.failures
    return out


def test_a_context_is_shortened_when_it_is_rendered(tmp_path: Path) -> None:
    out = made(tmp_path, ask=ASK, parts__end=END)
    text = promptc.load(out).get_template("ask.j2").render(GIVEN)
    assert "Anna Weber signed the contract in Kiel." in text
    assert "Coffee" not in text
    assert text.endswith("Question: Who signed the contract?")
    region = "\n".join(["", *DOCS, "", ""])
    count = get_tokenizer("gpt-4o").count
    head = "Answer from these texts.\n"
    assert count(text.removeprefix(head).partition("Question")[0]) <= 0.4 * count(region)


def test_below_level_3_all_of_the_context_is_rendered(tmp_path: Path) -> None:
    out = made(tmp_path, level=2, ask=ASK, parts__end=END)
    text = promptc.load(out).get_template("ask.j2").render(GIVEN)
    assert all(doc in text for doc in DOCS)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{ docs[1] | compress(tokens=9, query=question) }}", DOCS[1].partition(". ")[0] + "."),
        ("{{ docs | compress(tokens=9, query=question) | length }}", "2"),
        ("{{ missing | compress(rate=0.5) }}", ""),
        ("{{ docs[0] | compress(rate=1) }}", DOCS[0]),
    ],
)
def test_the_filter_by_hand(tmp_path: Path, template: str, wanted: str) -> None:
    out = made(tmp_path, ask=template)
    assert promptc.load(out).get_template("ask.j2").render(GIVEN) == wanted


def test_the_filter_needs_a_budget(tmp_path: Path) -> None:
    out = made(tmp_path, ask="{{ docs[0] | compress(query=question) }}")
    with pytest.raises(ValueError, match="tokens=, rate= or both"):
        promptc.load(out).get_template("ask.j2").render(GIVEN)


def test_templates_are_read_as_the_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "promptc.toml").write_text("[jinja]\ntrim_blocks = true\nlstrip_blocks = true\n")
    out = made(tmp_path, ask="A\n  {% if docs %}\nB\n  {% endif %}\n")
    assert manifest.read(out).jinja == {"trim_blocks": True, "lstrip_blocks": True}
    assert promptc.load(out).get_template("ask.j2").render(GIVEN) == "A\nB\n"


def test_front_matter_is_not_rendered(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "ask.prompty").write_text("---\nname: ask\n---\nHello {{ question }}")
    out = made(tmp_path)
    text = promptc.load(out).get_template("ask.prompty").render(question="you")
    assert text == "Hello you"


def test_the_mirror_may_be_edited_and_the_build_may_not(tmp_path: Path) -> None:
    out = made(tmp_path, ask="Hello {{ question }}")
    (out / "ask.j2").write_text("Bye")
    assert promptc.load(out).get_template("ask.j2").render(question="you") == "Hello you"
    (inner,) = (out / ".gen").glob("*/ask.j2")
    inner.write_text("Bye")
    with pytest.raises(PromptcError, match=r"ask\.j2: changed .*; run `promptc build` again"):
        promptc.load(out)


def test_an_unknown_template_is_what_jinja_says_it_is(tmp_path: Path) -> None:
    env = promptc.load(made(tmp_path, ask="Hello"))
    for name in ("task.j2", "../templates/ask.j2", "/etc/hostname"):
        with pytest.raises(jinja2.TemplateNotFound):
            env.get_template(name)


def test_without_a_build_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PromptcError, match=r"manifest\.json: .*run `promptc build` first"):
        promptc.load(tmp_path / "nothing")
