"""Documents of a template: what is refused, what notes say, what a second build changes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

import promptc
from promptc.compiling import Plan, compile
from promptc.compressors.embedded import Shipped
from promptc.config.sidecar import Question
from promptc.errors import TemplateError
from promptc.parse import parse
from promptc.passes.outline_docs import OutlineDocs
from promptc.results import Compiled
from promptc.source import Source
from promptc.syntax import Syntax
from promptc.tokens import get_tokenizer
from tests.handbook import handbook, questions, template

TEXT = template(handbook())
COUNT = get_tokenizer("gpt-4o")
ASKED = tuple(
    Question(each["ask"], tuple(each["answers"]))
    for each in tomllib.loads(questions())["questions"]
)


def compiled(text: str, one: OutlineDocs | None = None, **more: object) -> Compiled:
    plan = Plan((one or OutlineDocs(),), COUNT, compressor=Shipped(), **more)  # type: ignore[arg-type]
    return compile(parse(Source(text, "ask.j2")), plan)


def test_a_marked_document_is_moved_at_level_3() -> None:
    done = promptc.compile(TEXT, level=3)
    (outline,) = done.outlines
    assert outline.moved and outline.weak
    hole = f'{{{{ retrieve("handbook", query=question, k={outline.k}, tokens={outline.tokens}) }}}}'
    assert hole in done.text
    assert handbook() not in done.text
    (step,) = (each for each in done.steps if each.name == "outline-docs")
    assert step.guarantee == "OUTLINE"
    assert (
        step.saved
        == outline.before
        - outline.tokens
        + (COUNT.count(TEXT) - COUNT.count(TEXT.replace(handbook(), "")) - outline.before)
        or step.saved > 0
    )


def test_what_is_indexed_is_what_the_author_wrote() -> None:
    text = handbook().replace("Everyone has", "Please note that  everyone has")
    (outline,) = promptc.compile(template(text), level=3).outlines
    assert outline.text == text


def test_the_moved_text_is_in_the_drops_with_its_place() -> None:
    done = promptc.compile(TEXT, level=3)
    (drop,) = (each for each in done.drops if each.before == handbook())
    assert done.source[slice(*drop.span)] == handbook()
    assert drop.after.startswith("{{ retrieve(")


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")])
def test_a_second_build_changes_nothing(text: str) -> None:
    once = promptc.compile(text, level=3)
    again = promptc.compile(once.data.decode(), level=3)
    assert once.changed
    assert again.data == once.data


@pytest.mark.parametrize("level", [0, 1, 2])
def test_below_level_3_the_notes_say_that_it_stays(level: int) -> None:
    done = promptc.compile(TEXT, level=level)
    assert handbook() in done.text
    assert "3:1: this document is left as it is: -O3 runs outline-docs" in done.notes


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("# Handbook", "{{ title }}", "it holds more than text"),
        (handbook(), " ", "it is empty"),
        (" query=question", "", "the question is not named; add query="),
        ("query=question", "query=nothing", "nothing else reads 'nothing'"),
        ("Answer from", "{% if not question %}Hm.{% endif %}From", "'question' may be missing"),
    ],
)
def test_the_notes_say_why_a_document_stays(old: str, new: str, why: str) -> None:
    done = promptc.compile(TEXT.replace(old, new), level=3)
    assert "retrieve(" not in done.text
    assert any(f"3:1: this document is left as it is: {why}" in note for note in done.notes)


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ("{%% for x in xs %%}%s{%% endfor %%}", "for"),
        ("{%% macro m() %%}%s{%% endmacro %%}", "macro"),
        ("{%% filter upper %%}%s{%% endfilter %%}", "filter"),
        ("{%% set a %%}%s{%% endset %%}", "set"),
        ("{%% call m() %%}%s{%% endcall %%}", "call"),
    ],
)
def test_in_loops_macros_and_captures_a_document_stays(around: str, name: str) -> None:
    done = promptc.compile(around % TEXT, level=3)
    assert f"it stands in {{% {name} %}}; move it out of that" in done.notes[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("", "it has no name; write it as {# promptc: document handbook query=question #}"),
        ("query=question", "it has no name"),
        ("handbook query=f(q)", "query must be the name of a variable"),
        ("handbook q=question", "unknown argument 'q'"),
        ("handbook k=0", "k must be a whole number from 1 up, not 0; try k=4"),
        ("handbook tokens=1.5", "tokens must be a whole number from 1 up, not 1.5; try tokens=600"),
        ("handbook k=1 k=2", "'k' is given twice"),
        ("hand book", "can't read 'book'"),
        ('"handbook"', "it has no name"),
    ],
)
@pytest.mark.parametrize("level", [1, 3])
def test_wrong_arguments_are_told_with_their_place(level: int, arguments: str, why: str) -> None:
    text = template(handbook(), f"document {arguments}")
    with pytest.raises(TemplateError) as caught:
        promptc.compile(text, level=level)
    assert str(caught.value).startswith("<string>:3:1: document: ")
    assert why in str(caught.value)


def test_crossing_and_open_documents_are_template_errors() -> None:
    for text in (
        TEXT.replace("{# promptc: end #}", ""),
        TEXT.replace("# Handbook", "{# promptc: off #}"),
    ):
        with pytest.raises(TemplateError, match=r"promptc: (?:document|off)"):
            promptc.compile(text)


def test_limits_that_answer_too_little_keep_the_document_and_say_which_would_do() -> None:
    text = template(handbook(), "document handbook query=question k=1 tokens=20")
    done = compiled(text, questions=ASKED)
    (outline,) = done.outlines
    assert not outline.moved
    assert "and recall=0.95 is asked" in outline.why
    match = re.search(r"; (k=\d+ tokens=\d+) would do$", done.notes[0])
    assert match
    told = f"document handbook query=question {match[1]}"
    assert compiled(template(handbook(), told), questions=ASKED).outlines[0].moved


def test_the_recall_that_is_asked_is_an_option() -> None:
    asked = (*ASKED, Question("What does parking cost?", ("Dogs may come on Fridays",)))
    text = template(handbook(), "document handbook query=question k=2 tokens=200")
    assert compiled(text, OutlineDocs(recall=0.9), questions=asked).outlines[0].moved
    assert not compiled(text, questions=asked).outlines[0].moved
    assert "k=2, tokens=300" in compiled(TEXT, OutlineDocs(k=2, tokens=300), questions=ASKED).text


def test_samples_count_what_is_retrieved() -> None:
    done = promptc.compile(TEXT, level=3, samples=[{"question": "Who hands out keys?"}])
    (outline,) = done.outlines
    frame = COUNT.count(template("")) + COUNT.count("Who hands out keys?")
    assert done.cost.basis == "samples"
    assert 100 < done.cost.after <= outline.tokens + frame
    static = promptc.compile(TEXT, level=3).cost
    assert static.after == static.static_after > outline.tokens


def test_a_call_by_hand_counts_as_all_that_it_may_take() -> None:
    text = '{{ retrieve("faq", query=q, k=2, tokens=300) }}'
    assert promptc.compile(text, samples=[{"q": "a"}]).cost.after == 300
    assert promptc.compile(text).cost.after == 300


def test_large_text_is_suggested_with_the_pragma_to_paste() -> None:
    big = handbook() + "\n\n" + handbook("30 days").replace("## ", "## More about ")
    text = f"Answer.\n<manual>\n{big}\n{big}\n</manual>\nQ: {{{{ user_question }}}}"
    (note,) = promptc.compile(text, level=3).notes
    assert note.startswith("2:1: lines 2 to ")
    assert "{# promptc: document manual query=user_question #}" in note
    assert promptc.compile(text, level=3).text.count("retrieve(") == 0
    (note,) = promptc.compile(text.replace("manual>", "rules>"), level=2).notes
    assert "{# promptc: document document query=user_question #} before and" in note
    pasted = text.replace("<manual>\n", "<manual>\n{# promptc: document manual query=q #}\n")
    pasted = pasted.replace("\n</manual>", "\n{# promptc: end #}\n</manual>")
    assert not [n for n in promptc.compile(pasted, level=2).notes if "tokens; if" in n]


def test_a_large_include_is_suggested_with_the_grant_to_write() -> None:
    source = Source("\n\n".join([handbook()] * 4), "docs/handbook.md")
    load = {"docs/handbook.md": source}.get
    text = 'Answer.\n{% include "docs/handbook.md" %}\n{{ question }}'
    (note,) = compiled(text, load=load).notes
    assert 'write grant = ["docs/handbook.md"] and query = "question" into ask.j2.toml' in note
    done = compiled(
        text, load=load, grant=frozenset({"docs/handbook.md"}), query="question", questions=ASKED
    )
    assert 'retrieve("docs/handbook.md", query=question' in done.text
    assert done.outlines[0].file == "docs/handbook.md"


def test_a_granted_file_that_is_not_included_is_told() -> None:
    done = compiled("{{ question }}", grant=frozenset({"a.md"}), query="question")
    assert done.notes == ("granted and not included as a document: a.md",)


def test_a_granted_include_is_not_inlined() -> None:
    from promptc.passes.inline_includes import InlineIncludes

    files = {"a.md": Source(handbook(), "a.md"), "b.md": Source("B.", "b.md")}
    text = '{% include "a.md" %}{% include "b.md" %}{{ question }}'
    plan = Plan(
        (InlineIncludes(), OutlineDocs()), COUNT, load=files.get, compressor=Shipped(),
        grant=frozenset({"a.md"}), query="question",
    )  # fmt: skip
    done = compile(parse(Source(text, "ask.j2")), plan)
    assert 'retrieve("a.md"' in done.text and "B." in done.text


def test_only_jinja_can_retrieve() -> None:
    text = TEXT.replace("{{ question }}", "{question}")
    done = promptc.compile(text, level=3, syntax=Syntax(engine="format"))
    assert "only Jinja templates can retrieve" in done.notes[0]


def test_a_template_without_a_document_loads_no_index() -> None:
    code = "promptc.compile('Be  kind.', level=3); print('faiss' in sys.modules)"
    run = [sys.executable, "-c", f"import promptc, sys; {code}"]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "False\n"


def test_no_pass_enters_what_was_moved() -> None:
    text = (
        "{# promptc: outlined #}\n{{ retrieve('a',  query=q) }}   \n{# promptc: end #}\nBe  kind."
    )
    done = promptc.compile(text, level=3)
    assert done.text == text.replace("Be  kind", "Be kind")


def test_a_file_whose_name_could_end_the_hole_stays() -> None:
    name = 'a"b.md'
    done = compiled(
        f"{{% include '{name}' %}}{{{{ question }}}}",
        load={name: Source(handbook(), name)}.get,
        grant=frozenset({name}),
        query="question",
    )
    assert "retrieve(" not in done.text
    assert "signs that a hole can't; rename it" in done.notes[0]


def test_white_space_around_a_moved_file_is_read_as_before() -> None:
    import jinja2

    files = {"a.md": Source(handbook(), "a.md")}
    for trims in (False, True):
        syntax = Syntax(trim_blocks=trims, lstrip_blocks=trims, stated=trims)
        for tag in ('{% include "a.md" %}', '{%- include "a.md" -%}', '{%+ include "a.md" +%}'):
            text = f"A\n  {tag}\n  B {{{{ question }}}}"
            plan = Plan(
                (OutlineDocs(),), COUNT, load=files.get, compressor=Shipped(),
                grant=frozenset({"a.md"}), query="question", questions=ASKED,
            )  # fmt: skip
            done = compile(parse(Source(text, "ask.j2"), syntax), plan)
            assert "retrieve(" in done.text
            env = jinja2.Environment(
                trim_blocks=trims,
                lstrip_blocks=trims,
                loader=jinja2.DictLoader({"a.md": "TEXT"}),
            )
            env.globals["retrieve"] = lambda *args, **kwargs: "TEXT"
            shown = [env.from_string(each).render(question="q") for each in (text, done.text)]
            assert shown[0] == shown[1]
