"""``promptc verify`` as users run it, on real files and folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptc.cli import main
from tests.checks.test_judge import prefers, served


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("PROMPTC_JUDGE_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def put(**files: str | bytes) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def verify(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["verify", *args])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_a_text_that_lost_a_rule_is_a_finding() -> None:
    put(a_txt="Be kind. Never share the data.\n", b_txt="Be kind. Share the data.\n")
    output = verify("a.txt", "b.txt", code=1).stdout
    assert "similarity: failed, 0.00\n    would lose 'Never' at 1:10\n" in output
    assert output.endswith("1 template compared: 1 with findings\n")


@pytest.mark.parametrize("name", ["x.j2", "x.prompty", "x.md", "x.txt", "x.jinja2", "x.prompt"])
def test_every_kind_of_file_can_be_compared(name: str) -> None:
    text = "Be kind. Ask {{ user }} for a date. Be kind.\r\n"
    put(**{f"a__{name.replace('.', '_')}": text, f"b__{name.replace('.', '_')}": text[9:]})
    assert "clean" in verify(f"a/{name}", f"b/{name}").stdout
    put(**{f"b__{name.replace('.', '_')}": "Be kind. Ask for a date."})
    assert "the hole 'user'" in verify(f"a/{name}", f"b/{name}", code=1).stdout


def test_a_question_that_was_asked_anew_passes_and_is_shown() -> None:
    put(
        a_txt="How can I return a broken cup?\n",
        b_txt="What do I have to do to send back a cup that broke?\n",
    )
    output = verify("a.txt", "b.txt").stdout
    assert "asked anew: 'How can I return a broken cup?'" in output
    assert output.endswith("nothing was lost\n")


def test_a_build_of_templates_is_clean() -> None:
    put(
        templates__a_j2='{% if false %}Old rule.{% endif %}Be kind.\n\n{"a":   {{ x | tojson }}}\n',
        templates__sub__b_j2="Please make sure that you cite {{ source }} prior to answering.  \n",
    )
    assert CliRunner().invoke(main, ["build"]).exit_code == 0
    output = verify("templates", "build").stdout
    assert output == "a.j2: clean\nsub/b.j2: clean\n2 templates compared: nothing was lost\n"
    assert verify("templates", "build", "-q").stdout == ""


def test_what_stands_on_one_side_only_is_a_finding() -> None:
    put(a__x_j2="Hi", a__y_j2="Ho", b__x_j2="Hi", b__z_j2="Hu")
    output = verify("a", "b", code=1).stdout
    assert "y.j2: is only in a\n" in output
    assert "z.j2: is only in b\n" in output


def test_the_findings_as_json() -> None:
    put(a_j2="Cite {{ x }}. Be kind.", b_j2="Cite {{ x }}.")
    found = json.loads(verify("a.j2", "b.j2", "--json", code=1).stdout)
    (file,) = found["files"]
    checks = {each["name"]: each["passed"] for each in file["checks"]}
    assert (found["passed"], found["mode"], file["name"]) == (False, "rewrite", "a.j2")
    assert checks == {"holes": True, "facts": True, "similarity": False}


def test_a_selection_is_parts_in_order_and_lists_what_it_loses() -> None:
    put(a_txt="Take 5 mg. Rest well. Call Ada Kern.", b_txt="Take 5 mg. Call Ada.", c_txt="Call 5.")
    output = verify("a.txt", "b.txt", "--mode", "selection").stdout
    assert "not judged\n    lost 'Kern' (name)" in output
    output = verify("a.txt", "c.txt", "--mode", "selection", code=1).stdout
    assert "not a part of the text before: '5.' at 1:6 of the result" in output


def test_a_selection_keeps_protected_text_and_holes() -> None:
    text = "Be kind. {# promptc: off #}Keep me.{# promptc: on #} {{ x }} Be brief."
    put(a_j2=text, b_j2=text.replace("Be kind. ", ""), c_j2="Be kind. Be brief.")
    verify("a.j2", "b.j2", "--mode", "selection")
    output = verify("a.j2", "c.j2", "--mode", "selection", code=1).stdout
    assert "would lose protected text: 'Keep me.'" in output
    assert "would lose the hole 'x'" in output


def test_answers_are_read_off_the_renderings() -> None:
    side = (
        '[[questions]]\nask = "Who?"\nanswers = ["Ada"]\n'
        '[[samples]]\n[samples.vars]\nfirst = "Ada"\n'
    )
    put(a_j2="Ask {{ first }}.", b_j2="Ask {{ first }}!", c_j2="Ask {{ second }}.")
    Path("a.j2.toml").write_text(side)
    assert "clean" in verify("a.j2", "b.j2").stdout
    output = verify("a.j2", "c.j2", code=1).stdout
    assert "answers: failed, 0.00\n    would lose the answer to 'Who?'" in output


def test_other_languages_are_compared_word_by_word() -> None:
    put(
        a_txt="Antworte nie auf Englisch.\n回答要简短。\n",
        b_txt="Antworte auf Englisch.\n回答要简短。\n",
    )
    assert "would lose 'nie'" in verify("a.txt", "b.txt", code=1).stdout
    verify("a.txt", "a.txt")


def test_what_can_not_be_compared_says_why() -> None:
    put(a_j2="Hi", b_j2="{% if %}", bad_txt=b"\xff\xfe")
    Path("folder").mkdir()
    for args, why in (
        (("a.j2", "nope.j2"), "nope.j2: no such file"),
        (("a.j2", "folder"), "one is a folder and one a file"),
        (("folder", "folder"), "no template here"),
        (("a.j2", "b.j2"), "b.j2:1:"),
        (("a.j2", "bad.txt"), "UTF-8"),
        (("a.j2", "a.j2", "--judge", "http://x/v1"), "--judge-model"),
        (("a.j2", "a.j2", "--judge-model", "m"), "--judge URL"),
        (("a.j2", "a.j2", "--judge", "x", "--judge-model", "m"), "no URL"),
    ):
        result = verify(*args, code=2)
        assert why in result.output
    assert "Invalid value for '--mode'" in verify("a.j2", "a.j2", "--mode", "x", code=2).output


def test_a_judge_is_asked_when_one_is_named() -> None:
    put(a_j2="Never bill {{ x }}.", b_j2="Never bill {{ x }}!")
    with served(prefers("bill {{ x }}.")) as server:
        args = ("a.j2", "b.j2", "--judge", server.url, "--judge-model", "m")
        assert "judge: passed, 0.00\n    1 pairs: 0 better after, 1 worse" in verify(*args).stdout
        verify(*args)
    assert len(server.asked) == 2


def test_nothing_of_a_template_speaks_to_the_terminal() -> None:
    put(a_txt="Be kind. \x1b[31mWater the plants.", b_txt="Be kind.")
    assert "\x1b" not in verify("a.txt", "b.txt", code=1).stdout
