from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from benchmarks import audit as command
from benchmarks.auditing import corpus, page, tools
from benchmarks.auditing.corpus import Row
from benchmarks.auditing.judge import Terms, audit
from benchmarks.auditing.rendering import Pair, compare
from benchmarks.auditing.tools import Output
from benchmarks.auditing.verdict import judge

HARMFUL = [
    # holes and control flow
    ("holes", "From {{ a }} to {{ b }}.", "From {{ b }} to {{ a }}."),
    ("holes", "Hi {{ name | title }}.", "Hi {{ name }}."),
    ("holes", "Hi {{ name }}.", "Hi ."),
    ("hole rewritten", "Hi {{ name }}.", "Hi {{name}}."),
    ("holes", "{{ x | tojson(indent=2) | length }}", "{{ x | tojson | length }}"),
    ("control flow", "{% if a %}yes{% endif %}", "{% if b %}yes{% endif %}"),
    ("control flow", "{% if a %}yes{% else %}no{% endif %}", "{% if a %}yes{% endif %}no"),
    ("control flow", "{% for x in xs %}{{ x }}{% endfor %}", "{{ x }}"),
    ("control flow", "{% set n = 3 %}Use {{ n }}.", "Use 3."),
    ("holes", "{% set n = m %}Use {{ n }}.", "{% set n = m %}Use 3."),
    ("words", "{% set n = 3 %}Use {{ n }}.", "{% set n = 3 %}Use 4."),
    ("holes", "{% set n = 1 %}{% if a %}{% set n = 2 %}{% endif %}{{ n }}",
     "{% set n = 1 %}{% if a %}{% set n = 2 %}{% endif %}1"),
    ("order of code", "{{ x }}{% if a %}b{% endif %}", "{% if a %}{{ x }}b{% endif %}"),
    ("no longer parses", "{% if a %}yes{% endif %}", "{% if a %}yes"),
    ("no longer parses", "Hello  {{ name }}", "Hello {{ }}"),
    ("rejected template", "{% if a %}  yes", "{% if a %} yes"),
    ("control flow", "{% chat %}hi{% endchat %}", "{% talk %}hi{% endtalk %}"),
    # words
    ("words", "Please answer briefly.", "Answer briefly."),
    ("words", "Answer briefly.", "Answer very briefly."),
    ("word order", "first name then surname", "then surname first name"),
    ("words", "caf\u00e9", "cafe\u0301"),
    ("words", "10\u00a0km", "10 km"),
    ("number", "At most 3 lines.", "At most 5 lines."),
    ("number", "Pay 1,000 now.", "Pay 1000 now."),
    ("negation", "Do not answer.", "Do answer."),
    ("negation", "You must cite.", "You may cite."),
    ("negation", "Don't guess.", "Do guess."),
    # white space
    ("space beside a hole", "Never bill {{ name }}", "Never bill{{ name }}"),
    ("space beside a hole", "{{ first }} {{ last }}", "{{ first }}{{ last }}"),
    ("space beside a hole", "{{ a }}\n\n{{ b }}", "{{ a }}\n{{ b }}"),
    ("spacing", "Answer: ", "Answer:"),
    ("spacing", "one\n\ntwo", "one\ntwo"),
    ("spacing", "a\tb", "a b"),
    ("spacing", "{% if a %} \nx{% endif %}", "{% if a %}\nx{% endif %}"),
    ("indentation", "- a\n  - b", "- a\n- b"),
    ("indentation", "a\n{% if x %}   b{% endif %}", "a\n{% if x %} b{% endif %}"),
    ("indentation", "key:\n    sub: 1", "key:\n  sub: 1"),
    ("indentation", "\n  - a\n  - b\n", "\n  - a\n- b\n"),
    ("indentation", "\n  - a\n    - b\n", "\n- a\n- b\n"),
    ("aligned columns", "name    price\nbread   2\nmilk    1", "name price\nbread 2\nmilk 1"),
    # places where layout is meaning
    ("code fence", "```python\nif a:\n    b\n```", "```python\nif a:\n  b\n```"),
    ("code fence", "```\na  b\n```", "```\na b\n```"),
    ("code fence", "~~~\na  b\n~~~", "~~~\na b\n~~~"),
    ("code fence", "Run: ```sh\nls  -l\n```\ndone", "Run: ```sh\nls -l\n```\ndone"),
    ("code fence", '```python\nx = {\n "a": 1}\n```', '```python\nx = {"a":1}\n```'),
    ("code fence", "{% if a %}```{% endif %}\na  b\n```", "{% if a %}```{% endif %}\na b\n```"),
    ("inline code", "Use `a  b`.", "Use `a b`."),
    ("inline code", 'Write `{"a": 1}`.', 'Write `{"a":1}`.'),
    ("words", "<pre>a  b</pre>", "<pre>a b</pre>"),
    ("words", "Code:\n\n    x  =  1\n", "Code:\n\n    x = 1\n"),
    ("url", "See https://a.example/x?y=1 now.", "See https://a.example/x now."),
    ("json", '{"a": 1.0}', '{"a":1}'),
    ("json", '{"a": "x  y"}', '{"a":"x y"}'),
    ("json", '{"a": 1, "a": 2}', '{"a":2}'),
    ("json", '{"a": 1, "b": 2}', '{"b":2,"a":1}'),
    ("json", '{"n": [1, {{ x }} {{ y }}]}', '{"n":[1,{{ x }}{{ y }}]}'),
    ("json", '{"type": "object", "description": "x"}', '{"type":"object"}'),
    ("json", '{"type": "object", "title": "A person"}', '{"type":"object"}'),
    ("words", "- [ ] open", "- [] open"),
    ("table", "| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 3 |"),
    ("table", "| a | b |\n|---|--:|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ("table", "| a | b |\n|---|---|\n| 1 |  |", "| a | b |\n|---|---|\n| 1 |"),
    ("table", "| a |\n|---|\n| {{ x }} {% if y %}z{% endif %} |",
     "| a |\n|---|\n| {{ x }}{% if y %}z{% endif %} |"),
    ("table", "| a |\n|---|\n| x \\| y |", "| a |\n|---|\n| x | y |"),
    ("role marker", "system:\nBe kind.\nuser:\nHi", "Be kind.\nuser:\nHi"),
    ("role marker", "# system:\nBe kind.", "# System:\nBe kind."),
    # the file
    ("front matter", "---\nname:  x\n---\nHi", "---\nname: x\n---\nHi"),
    ("byte-order mark", "\ufeffHi  you", "Hi you"),
    ("line ends", "a  b\r\nc\r\n", "a b\nc\n"),
    ("final line end", "a  b\n", "a b"),
    ("final line end", "a  b", "a b\n"),
]  # fmt: skip

HARMLESS = [
    ("Two  words.  And more.", "Two words. And more."),
    ("\n    Be  kind.\n      {{ a }}\n    Go.", "\nBe kind.\n  {{ a }}\nGo."),
    ("a \nb", "a\nb"),
    ("a\n\n\n\nb", "a\n\nb"),
    ("a\n \t\n{{ b }}", "a\n\n{{ b }}"),
    ("x:  {{ y }}", "x: {{ y }}"),
    ("Say {{ 'yes' }}.", "Say yes."),
    ("{% set n = 3 %}Use {{ n }}.", "{% set n = 3 %}Use 3."),
    ("{% set n = 'de' %}{% if n == 'de' %}ja{% else %}yes{% endif %}", "{% set n = 'de' %}ja"),
    ("a{% if false %}b{% endif %}c", "ac"),
    ("{% if false %}a{% elif x %}b{% endif %}", "{% if x %}b{% endif %}"),
    ("{% if x %}a{% elif true %}b{% else %}c{% endif %}", "{% if x %}a{% else %}b{% endif %}"),
    ("a {#- note -#} b  c", "a {#- note -#} b c"),
    ("{{ x | tojson(indent=2) }}", "{{ x | tojson }}"),
    ('{\n  "a": {{ x }},\n  "b": [1, 2]\n}', '{"a":{{ x }},"b":[1,2]}'),
    ('```json\n{\n  "a": "{{ x }}"\n}\n```', '```json\n{"a":"{{ x }}"}\n```'),
    ('[{% for x in xs %}\n {"k": {{ x }}},{% endfor %}\n {}]',
     '[{% for x in xs %}{"k":{{ x }}},{% endfor %}{}]'),
    ('{"type": "object", "$schema": "s", "properties": {"a": {"title": "a", "type": "string"}}}',
     '{"type":"object","properties":{"a":{"type":"string"}}}'),
    ("| a   | b  |\n|-----|:--:|\n| 1   | `x` |", "| a | b |\n|-|:-:|\n| 1 | `x` |"),
    ("| a | b |\n|---|---|\n{% for r in rs %}| {{ r }}  | 2 |\n{% endfor %}",
     "|a|b|\n|-|-|\n{% for r in rs %}|{{ r }}|2|\n{% endfor %}"),
    ("| a   | b |\n|-----|---|\n{%- for r in rs %}\n| {{ r }}  | 2 |\n{%- endfor %}",
     "|a|b|\n|-|-|\n{%- for r in rs %}\n|{{ r }}|2|\n{%- endfor %}"),
    ("a  b\r\nc\r\n", "a b\r\nc\r\n"),
    ("{% generation %}a  b{% endgeneration %}", "{% generation %}a b{% endgeneration %}"),
    ("{% trans %}a{% endtrans %}  b  c", "{% trans %}a{% endtrans %}  b c"),
]  # fmt: skip

FIELDS = [
    ("holes", "format", "Hi {name}", "Hi {nome}"),
    ("holes", "plain", "Hi {{name}}", "Hi {{nome}}"),
    ("holes", "plain", "Hi ${name} %s", "Hi ${name}"),
    ("space beside a hole", "format", "Hi {name}", "Hi{name}"),
    ("words", "format", "Hi {{you}}", "Hi {{me}}"),
]

RENDERINGS = [
    "{% set x %}a  b{% endset %}{{ x | length }}",
    "{% filter upper %}a{% endfilter %}",
    "{{ messages[0].content }} {% for m in messages %}{{ m.role }}{% endfor %}",
]


def kinds(before: str, after: str, engine: str = "jinja") -> set[str]:
    return {harm.kind for harm in audit(before, after, Terms(engine))}


@pytest.mark.parametrize(("kind", "before", "after"), HARMFUL)
def test_each_harm_is_named(kind: str, before: str, after: str) -> None:
    assert kind in kinds(before, after)


@pytest.mark.parametrize(("before", "after"), HARMLESS)
def test_layout_and_folding_are_no_harm(before: str, after: str) -> None:
    assert audit(before, after) == []


def test_layout_and_folding_render_alike() -> None:
    pairs = [Pair("x", {"x": before}, {"x": after}) for before, after in HARMLESS]
    assert [found.harms for found in compare(pairs)] == [[] for _ in HARMLESS]


@pytest.mark.parametrize("text", [case[1] for case in HARMFUL] + [case[0] for case in HARMLESS])
def test_a_file_that_did_not_change_is_unharmed(text: str) -> None:
    assert audit(text, text) == []


@pytest.mark.parametrize(("kind", "engine", "before", "after"), FIELDS)
def test_holes_of_other_engines_are_seen(kind: str, engine: str, before: str, after: str) -> None:
    assert kind in kinds(before, after, engine)


def test_a_harm_has_its_file_and_its_place() -> None:
    (harm,) = audit("Never bill {{ name }}", "Never bill{{ name }}", name="pay.j2")
    assert harm.file == "pay.j2"
    assert "bill" in harm.excerpt


def test_a_printed_text_is_not_judged_by_its_ends() -> None:
    assert audit("\na  b\r\nc\n\n", "a b\nc", Terms(printed=True)) == []


def test_equal_templates_render_alike() -> None:
    found = compare([Pair("x", {"x": text}, {"x": text}) for text in RENDERINGS])
    assert [tuple(each) for each in found] == [(5, [])] * len(RENDERINGS)


def test_a_rendering_that_reads_the_layout_is_caught() -> None:
    before = "{% set x %}a  b{% endset %}{{ x | length }}"
    (found,) = compare([Pair("x", {"x": before}, {"x": before.replace("  ", " ")})])
    assert [harm.kind for harm in found.harms] == ["rendering"]


def test_a_rendering_that_fails_is_caught() -> None:
    (found,) = compare([Pair("x", {"x": "{{ a }}"}, {"x": "{{ a }}{{ 1 / 0 }}"})])
    assert "ZeroDivisionError" in found.harms[0].excerpt


def test_a_rendering_that_never_ends_is_cut() -> None:
    text = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    (found,) = compare([Pair("x", {"x": text}, {"x": text})], seconds=0.1)
    assert found.contexts == 0


def test_includes_are_rendered_from_their_own_side() -> None:
    text = '{% include "p" %}'
    (found,) = compare([Pair("x", {"x": text, "p": "old"}, {"x": text, "p": "new"})])
    assert [harm.kind for harm in found.harms] == ["rendering"]


def test_a_lost_file_is_a_harm_and_a_refused_one_is_told(tmp_path: Path) -> None:
    rows = [Row(name, "jinja", text, {}) for name, text in (("a", "A"), ("b", "B"), ("c", "C"))]
    verdict = judge("tool", rows, Output({"a": "A"}, {"b": "why"}, 0.0, tmp_path))
    assert [(harm.kind, harm.file) for harm in verdict.harms] == [("missing", "c")]
    assert verdict.accepted_but_refused == ["b"]


def test_rows_become_files_with_their_bytes(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "engine": "jinja2", "text": "\ufeffa\r\n", "deps": {"parts/p.j2": "p"}},
        {"id": "2", "engine": "prompty/jinja2", "text": "b"},
        {"id": "3", "engine": "python-format", "text": "{c}"},
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    read = corpus.load([data])
    corpus.write(read.rows, tmp_path / "in")
    assert [row.name for row in read.rows] == ["1/template.j2", "2.prompty", "3.txt"]
    assert [row.engine for row in read.rows] == ["jinja", "jinja", "format"]
    assert (tmp_path / "in/1/template.j2").read_bytes() == b"\xef\xbb\xbfa\r\n"
    assert (tmp_path / "in/1/parts/p.j2").read_text(encoding="utf-8") == "p"


def test_a_row_without_an_engine_is_a_plain_prompt(tmp_path: Path) -> None:
    files = []
    for number, engine in enumerate(({"engine": "jinja2"}, {})):
        files.append(tmp_path / f"{number}.jsonl")
        row = {"id": f"{number}", "text": "a", "kind": "k", **engine}
        files[-1].write_text(json.dumps(row), encoding="utf-8")
    rows = corpus.load(files).rows
    assert [(row.name, row.engine, row.kind) for row in rows] == [
        ("0.j2", "jinja", "k"), ("1.md", "plain", "k"),
    ]  # fmt: skip


def test_missing_or_empty_data_is_said_and_not_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.jsonl").touch()
    for name in ("none.jsonl", "empty.jsonl"):
        assert command.main(["--data", str(tmp_path / name)]) == 2
        assert "nothing was audited" in capsys.readouterr().err


def test_a_peer_that_is_not_installed_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"id": "1", "engine": "jinja2", "text": "a"}', encoding="utf-8")
    options = ["--peer", "promptlint", "--peer-command", "/nowhere/promptlint", "--peer-only"]
    assert command.main(["--data", str(data), *options]) == 2
    assert "/nowhere/promptlint" in capsys.readouterr().err


def test_promptc_is_run_as_a_command_and_audited(tmp_path: Path) -> None:
    texts = {
        "a.j2": "Hi  {{ name }},  how   are you  today, my dear old friend?",
        "b.j2": "{% if %}",
    }
    rows = [Row(name, "jinja", text, {}) for name, text in texts.items()]
    corpus.write(rows, tmp_path / "in")
    built = tools.promptc(rows, tmp_path / "in", tmp_path / "out", 1)
    verdict = judge("promptc", rows, built)
    assert set(built.texts) == {"a.j2"}
    assert set(built.refused) == {"b.j2"}
    assert verdict.harms == []
    assert verdict.accepted_but_refused == []


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    rows = [Row("a.j2", "jinja", "Do not pay {{ x }}", {})]
    verdict = judge("tool", rows, Output({"a.j2": "Do pay {{ x }}"}, {}, 1.0, tmp_path))
    found = page.results([verdict.as_json()], rows=1, level=1, data_sha256="0" * 64)
    page.write(found, tmp_path / "audit.json")
    assert json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["rows"] == 1
    text = (tmp_path / "audit.md").read_text(encoding="utf-8")
    assert "| tool | 1 of 1 | 1 | 1 | 1 | 1 | 1.0 |" in text
    assert "| negation | 1 |" in text


def test_a_fault_that_a_tool_found_in_itself_is_told(tmp_path: Path) -> None:
    rows = [Row("a.j2", "jinja", "Pay {{ x }}", {})]
    output = Output({"a.j2": "Pay {{ x }}"}, {}, 1.0, tmp_path, faults=("a.j2",))
    verdict = judge("tool", rows, output).as_json()
    found = page.results([verdict], rows=1, level=1, data_sha256="0" * 64)
    assert "In 1 files it left out a pass" in page.markdown(found)


def test_the_auditor_imports_nothing_from_promptc() -> None:
    here = Path(command.__file__).parent
    for path in (here / "audit.py", *sorted((here / "auditing").glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "promptc" for name in names), path
