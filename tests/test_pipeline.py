"""Passes that lie, each in its own way, and what the pipeline does about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given, settings

from promptc.checks.facts import Facts
from promptc.compiling import Plan, compile
from promptc.errors import PassError, TemplateError
from promptc.ir import Comment, Edit, Leaf, Output, Patch, Tag, Template
from promptc.parse import parse
from promptc.passes import PASSES
from promptc.pipeline import optimize
from promptc.protocols import Guarantee, PassContext
from promptc.rendering.sandbox import Bound, Sandbox
from promptc.results import CheckResult
from promptc.source import Source, Span
from promptc.syntax import Syntax
from tests.grammar import SYNTAXES, TEMPLATES, agree, lines, renderings
from tests.test_passes import Bytes

CTX = PassContext(Bytes())


@dataclass(frozen=True)
class Swap:
    """A pass that replaces *old* by *new* wherever it stands, whatever it promises."""

    old: str
    new: str
    promises: Guarantee
    kinds: frozenset[type[Leaf]] = frozenset()
    kind_of_gain: Literal["tokens", "shape"] = "tokens"
    name: str = "swap"
    version: ClassVar[int] = 1

    @property
    def guarantee(self) -> Guarantee:
        return self.promises

    @property
    def edits(self) -> frozenset[type[Leaf]]:
        return self.kinds

    @property
    def earns(self) -> Literal["tokens", "shape"]:
        return self.kind_of_gain

    def run(self, template: Template, ctx: PassContext) -> Iterable[Edit]:
        at = template.text.find(self.old)
        while at >= 0:
            yield Edit((Patch(Span(at, at + len(self.old)), self.new),), rule="swap")
            at = template.text.find(self.old, at + len(self.old))


S, D, E, M = Guarantee.SPACING, Guarantee.DATA, Guarantee.EXACT, Guarantee.MEANING
CODE = frozenset({Output, Tag, Comment})
LIES: dict[str, tuple[str, Any]] = {
    "drops a space before a hole": ("Never bill {{ name }}", Swap("bill {{", "bill{{", S)),
    "drops a space before a hole, in text": ("Never bill {{ name }}", Swap("bill ", "bill", S)),
    "de-indents Python": ("def f():\n    return 1\n", Swap("    return", "return", S)),
    "de-indents fenced Python": ("```\nif a:\n    b\n```", Swap("    b", "  b", S)),
    "swaps two holes": ("{{ a }} of {{ b }}", Swap("{{ a }} of {{ b }}", "{{ b }} of {{ a }}", S)),
    "swaps two holes with leave": (
        "{{ a }} of {{ b }}",
        Swap("{{ a }} of {{ b }}", "{{ b }} of {{ a }}", E, CODE, "shape"),
    ),
    "edits locked text": ("{# promptc: off #}a  b{# promptc: on #}", Swap("a  b", "a b", S)),
    "changes a number in JSON": ('{"a": 10, "b": 2}', Swap("10", "1", D)),
    "rewrites a number in JSON": ('{"a": 1.0, "b": 2}', Swap("1.0", "1", D)),
    "drops a member of JSON": ('{"a": 1, "b": 2}', Swap(', "b": 2', "", D)),
    "changes a string in JSON": ('{"a": "x  y"}', Swap("x  y", "x y", D)),
    "changes a cell": ("| a | b |\n|---|---|\n| 1 | 22 |\n", Swap("22", "2", D)),
    "edits prose under DATA": ("Be  kind. {{ x }}", Swap("Be  kind", "Be kind", D)),
    "loses a word": ("Never bill them", Swap("Never ", "", S)),
    "joins lines": ("a\nb", Swap("a\nb", "a b", S)),
    "joins paragraphs at a hole": ("a\n\n{{ b }}", Swap("a\n\n", "a\n", S)),
    "edits inline code": ("Run `a  b` now", Swap("a  b", "a b", S)),
    "drops a live branch": (
        "{% if a %}A{% endif %}.",
        Swap("{% if a %}A{% endif %}", "", E, CODE, "shape"),
    ),
    "drops a comment that holds a line end": (
        "{# a #}\nb",
        Swap("{# a #}", "", E, CODE, "shape"),
    ),
    "changes words under EXACT": ("a b {{ c }}", Swap("a b", "a", E, CODE, "shape")),
    "touches a hole under MEANING": ("the {{ x }}", Swap("{{ x }}", "{{ y }}", M)),
    "moves a line end beside a tag": ("{% if a %} \nb{% endif %}", Swap(" \nb", "\nb", S)),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lie"), LIES.values(), ids=LIES)
def test_a_pass_that_lies_is_caught(text: str, lie: Any) -> None:
    with pytest.raises(PassError, match="swap "):
        optimize(parse(Source(text)), [lie], CTX)


TRUTHS: dict[str, tuple[str, Any, str]] = {
    "spaces": ("a  b {{ c }}", Swap("  ", " ", S), "a b {{ c }}"),
    "blank lines": ("a\n\n\nb", Swap("\n\n\n", "\n\n", S), "a\n\nb"),
    "layout of JSON": ('{"a": 10}', Swap(": 10", ":10", D), '{"a":10}'),
    "a dead branch": (
        "x{% if false %}A{% endif %}y",
        Swap("{% if false %}A{% endif %}", "", E, CODE, "shape"),
        "xy",
    ),
}


@pytest.mark.parametrize(("text", "truth", "after"), TRUTHS.values(), ids=TRUTHS)
def test_a_pass_that_keeps_its_word_is_let_through(text: str, truth: Any, after: str) -> None:
    assert optimize(parse(Source(text)), [truth], CTX).template.text == after


SHAPES = [each for each in PASSES if each.earns == "shape"]
SPACINGS = [
    each
    for each in PASSES
    if each.guarantee is Guarantee.SPACING and each.name not in ("dedent-text", "unwrap-lines")
]


@settings(max_examples=60)
@given(TEMPLATES, SYNTAXES)
def test_what_is_built_renders_as_before(text: str, syntax: Syntax) -> None:
    """Under every setting: equal text after the shape passes, equal lines after the others."""
    try:
        template = parse(Source(text), syntax)
    except TemplateError:
        return
    shaped = optimize(template, [each() for each in SHAPES], CTX).template
    old, new = (renderings(each.text, syntax) for each in (template, shaped))
    assert agree(old, new)
    spaced = optimize(shaped, [each() for each in SPACINGS], CTX).template
    after = renderings(spaced.text, syntax)
    assert [lines(each) for each in new] == [lines(each) for each in after]


def test_edits_that_would_make_a_tag_are_undone_and_listed() -> None:
    template = parse(Source("a: { {{ b }} a: { c"))
    joins: Any = Swap(": { ", ": {", M)
    outcome = optimize(template, [joins], CTX)
    assert outcome.template.text == "a: { {{ b }} a: {c"
    (step,) = outcome.steps
    (undone,) = step.undone
    assert (undone.line, undone.column, undone.before) == (1, 2, ": { ")
    assert undone.reason == "the template would be read differently"


def test_edits_that_save_no_tokens_are_left_out() -> None:
    longer: Any = Swap("a", "aa", M)
    assert optimize(parse(Source("a {{ b }} c")), [longer], CTX).template.text == "a {{ b }} c"


class Keeps:
    """A check that wants every *word* kept."""

    name = "keeps"

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        lost = tuple(word for word in self.words if word in before and word not in after)
        return CheckResult(self.name, 1.0 - bool(lost), 1.0, not lost, lost)


def test_edits_that_a_check_objects_to_are_undone_one_by_one() -> None:
    ctx = PassContext(Bytes(), checks=(Keeps("must", "only"),))
    passes: list[Any] = [
        Swap("very ", "", M, name="drop-very"),
        Swap("must ", "", M, name="drop-must"),
        Swap("kindly ", "", M, name="drop-kindly"),
    ]
    outcome = optimize(parse(Source("You must very kindly go.")), passes, ctx)
    assert outcome.template.text == "You must go."
    reasons = [undone.reason for step in outcome.steps for undone in step.undone]
    assert reasons == ["keeps: must"]


class Refuses(Keeps):
    """One that counts how often it refused, and agrees to anything once no "wait" is left."""

    def __init__(self, *words: str) -> None:
        super().__init__(*words)
        self.refused = 0

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        found = super().check(before, after)
        if found.passed or "wait" not in before:
            return CheckResult(self.name, 1.0, 1.0, True)
        self.refused += 1
        return found


DROP_MUST: Any = Swap("must ", "", M, name="drop-must")


@pytest.mark.parametrize(("halvings", "refused"), [(0, 1), (1, 2), (5, 2)])
def test_an_undone_edit_is_barred_until_nothing_else_is_left(halvings: int, refused: int) -> None:
    check, halve = Refuses("must"), Swap("xx", "x", M, name="halve")
    passes: list[Any] = [DROP_MUST, halve]
    text = f"You must wait. {{{{ a }}}} {'x' * 2**halvings}"
    outcome = optimize(parse(Source(text)), passes, PassContext(Bytes(), checks=(check,)))
    assert outcome.template.text == "You must wait. {{ a }} x"
    assert check.refused == refused
    assert [each.before for each in outcome.steps[0].undone] == ["must "]


def test_an_undone_edit_that_is_kept_in_the_end_is_not_listed_as_undone() -> None:
    passes: list[Any] = [DROP_MUST, Swap("wait", "go", M, name="hurry")]
    ctx = PassContext(Bytes(), checks=(Refuses("must"),))
    outcome = optimize(parse(Source("You must wait.")), passes, ctx)
    assert outcome.template.text == "You go."
    assert [(step.edits, step.undone) for step in outcome.steps] == [(1, ()), (1, ())]


def test_the_same_words_elsewhere_are_not_barred() -> None:
    """Of two files and two places only the one edit that a check refused is."""
    passes: list[Any] = [Swap("Never ", "", M), Swap("xx", "x", M, name="halve")]
    ctx = PassContext(Bytes(), checks=(Facts(),))
    outcome = optimize(parse(Source("Never lie. xxxx {{ a }} Never lie.")), passes, ctx)
    assert outcome.template.text == "Never lie. x {{ a }} lie."
    (undone,) = outcome.steps[0].undone
    assert (undone.span, undone.rule) == (Span(0, 6), "swap")


def test_an_undone_edit_of_several_parts_is_shown_whole() -> None:
    @dataclass(frozen=True)
    class Parts(Swap):
        def run(self, template: Template, ctx: PassContext) -> Iterable[Edit]:
            yield Edit((Patch(Span(9, 14), ""), Patch(Span(0, 1), "y")))

    each: Any = Parts("", "", M)
    ctx = PassContext(Bytes(), checks=(Keeps("must"),))
    outcome = optimize(parse(Source("You will must go.")), [each], ctx)
    (undone,) = outcome.steps[0].undone
    assert (undone.before, undone.after) == ("You will must ", "you will ")


def test_a_step_tells_its_rules_and_what_holds_its_edits() -> None:
    passes: list[Any] = [Swap("  ", " ", S, name="space"), Swap("very ", "", M, name="drop-very")]
    template = parse(Source("Be  very kind,  very brief. {{ x }}"))
    with Sandbox() as sandbox:
        ctx = PassContext(
            Bytes(), renderer=Bound(sandbox, {}, {}), checks=(Keeps("kind"), Keeps("brief"))
        )
        steps = optimize(template, passes, ctx, [{"x": 1}, {"x": 2}]).steps
    assert [(step.rules, step.checks) for step in steps] == [
        ((("swap", 2),), ()),
        ((("swap", 2),), ("keeps",)),
    ]
    assert [step.renderings > 2 for step in steps] == [True, False]


def test_renderings_count_for_the_loosest_guarantee_that_they_compare() -> None:
    passes: list[Any] = [
        Swap("{% if false %}A{% endif %}", "", E, CODE, "shape", name="dead"),
        Swap("  ", " ", S, name="space"),
    ]
    with Sandbox() as sandbox:
        ctx = PassContext(Bytes(), renderer=Bound(sandbox, {}, {}))
        template = parse(Source("a  b{% if false %}A{% endif %}."))
        steps = optimize(template, passes, ctx, [{}]).steps
    assert {step.name: step.renderings > 0 for step in steps} == {"dead": False, "space": True}


def test_edits_that_are_wrong_only_together_are_not_all_kept() -> None:
    ctx = PassContext(Bytes(), checks=(Keeps("only"),))
    drop: Any = Swap("only ", "", M)
    outcome = optimize(parse(Source("only a {{ b }} only c")), [drop], ctx)
    assert outcome.template.text == "a {{ b }} only c"
    (undone,) = outcome.steps[0].undone
    assert (undone.column, undone.reason) == (16, "keeps: only")


def test_edits_that_lose_a_fact_are_undone_and_the_others_kept() -> None:
    ctx = PassContext(Bytes(), checks=(Facts(),))
    drop: Any = Swap("Never ", "", M)
    text = "Never lie. {{ x }} Never bill {{ y }}. Never lie. {% if z %}Never lie.{% endif %}"
    outcome = optimize(parse(Source(text, "t.j2")), [drop], ctx)
    assert outcome.template.text == (
        "Never lie. {{ x }} Never bill {{ y }}. lie. {% if z %}lie.{% endif %}"
    )
    reasons = {each.column: each.reason for each in outcome.steps[0].undone}
    assert reasons == {
        1: "facts: would lose 'Never lie' (negation)",
        20: "facts: would lose 'Never bill' (negation)",
    }


def test_an_edit_that_earns_nothing_without_an_undone_one_goes_too() -> None:
    @dataclass(frozen=True)
    class Two(Swap):
        def run(self, template: Template, ctx: PassContext) -> Iterable[Edit]:
            if "Never " in template.text:
                yield Edit((Patch(Span(0, 6), ""),), "drop")
                yield Edit((Patch(Span(11, 12), "ly"),), "lengthen")
                yield Edit((Patch(Span(21, 22), "ly"),), "lengthen")

    each: Any = Two("", "", M)
    outcome = optimize(
        parse(Source("Never lie. a {{ b }} c")), [each], PassContext(Bytes(), checks=(Facts(),))
    )
    assert outcome.template.text == "Never lie. a {{ b }} c"
    assert outcome.steps[0].skipped == 2


def test_facts_are_checked_unless_told_otherwise() -> None:
    drop: Any = Swap("Never ", "", M)
    template = parse(Source("Never bill {{ x }}."))
    assert compile(template, Plan((drop,), Bytes())).text == template.text
    assert compile(template, Plan((drop,), Bytes(), checks=())).text == "bill {{ x }}."


def test_drops_name_the_place_and_the_text() -> None:
    outcome = optimize(
        parse(Source("Be kind.\nBe  brief. {{ x }}", "t.j2")), [p() for p in PASSES], CTX
    )
    (drop,) = outcome.drops
    assert drop.pass_name == "collapse-spaces"
    assert (drop.source, drop.line, drop.column) == ("t.j2", 2, 3)
    assert (drop.before, drop.after) == ("  ", " ")


def test_steps_add_up() -> None:
    text = "Be  kind.   \n\n\n\nBe brief.  {{ x }}"
    template = parse(Source(text))
    outcome = optimize(template, [each() for each in PASSES], CTX)
    assert outcome.template.text == "Be kind.\n\nBe brief. {{ x }}"
    saved = sum(step.saved for step in outcome.steps)
    assert saved == len(text) - len(outcome.template.text)
    assert [step.name for step in outcome.steps] == [
        "collapse-spaces",
        "trim-line-ends",
        "collapse-blank-lines",
    ]


@pytest.mark.parametrize("count", [1, 7, 40])
def test_one_edit_among_many_that_would_make_a_tag_is_found(count: int) -> None:
    joins: Any = Swap(": { ", ": {", M)
    text = "a: { c " * count + "a: { {{ b }} " + "a: { d " * count
    outcome = optimize(parse(Source(text)), [joins], CTX)
    assert outcome.template.text == text.replace("{ c", "{c").replace("{ d", "{d")
    (step,) = outcome.steps
    assert len(step.undone) == 1


def test_a_stretch_is_judged_by_itself_and_edits_in_holes_by_none() -> None:
    """Of two stretches that a hole parts only the one that got shorter keeps its edits."""
    shrinks: Any = Swap("aa", "a", M, name="shrinks")
    grows: Any = Swap("b", "bb", M, name="grows")
    outcome = optimize(parse(Source("aa {{ x }} b")), [shrinks, grows], CTX)
    assert outcome.template.text == "a {{ x }} b"
    assert [(step.name, step.edits, step.skipped) for step in outcome.steps] == [
        ("shrinks", 1, 0),
        ("grows", 0, 1),
    ]


def test_deep_nesting_is_worked_out_in_one_go() -> None:
    text = "{% if true %}" * 90 + "a  b" + "{% endif %}" * 90
    template = parse(Source(text))
    outcome = optimize(template, [each() for each in PASSES], CTX)
    assert outcome.template.text.replace("{# #}", "") == "a b"
