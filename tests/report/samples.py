"""Builds made up for the tests of the report."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from promptc.results import (
    Built,
    CacheRule,
    CacheVerdict,
    Caching,
    Compiled,
    Cost,
    Drop,
    Ending,
    Failure,
    Kept,
    Money,
    PrefixCost,
    SampleCost,
    Step,
    Undone,
)
from promptc.source import Span

PRICE = Decimal("0.0000025")
HOSTILE = (
    "::error::x\x1b[31m[red]|`@octocat`<img src=x onerror=alert(1)>\n##[error]boom\u202egnp.exe\x9b"
)


def money(before: float, after: float, calls: int | None = None) -> Money:
    """What a call costs at the price of gpt-4o, with 200 tokens of output."""
    return Money(
        before=PRICE * Decimal(str(before)),
        after=PRICE * Decimal(str(after)),
        output=Decimal("0.002"),
        calls=calls,
        date="2026-11-20",
    )


def sampled(
    before: float, after: float, worst: int, *, calls: int | None = None, exact: bool = True
) -> Cost:
    """A cost measured on one sample."""
    return Cost(
        basis="samples",
        exact=exact,
        before=before,
        after=after,
        worst=worst,
        static_before=int(before),
        static_after=int(after),
        symbolic=f"{int(after)} + tokens(question)",
        samples=(SampleCost("typical", worst + int(before - after), worst),),
        money=money(before, after, calls),
    )


def static(before: int, after: int, *, exact: bool = True) -> Cost:
    """A cost of literal text alone."""
    return Cost(
        basis="static",
        exact=exact,
        before=before,
        after=after,
        worst=after,
        static_before=before,
        static_after=after,
        money=money(before, after),
    )


def compiled(
    name: str,
    cost: Cost,
    *,
    steps: tuple[Step, ...] = (),
    notes: tuple[str, ...] = (),
    text: str | None = None,
) -> Compiled:
    """A template whose text changed where its cost did."""
    source = "Answer  the question.   \n\n\n\nBe brief.\n"
    new = "Answer the question.\n\nBe brief.\n" if cost.saved else source
    new = new if text is None else text
    drops = (Drop("trim-line-ends", name, Span(21, 24), 1, 22, "   ", ""),) if new != source else ()
    return Compiled(name, source, new, new.encode(), (), steps, drops, cost, notes)


def built(*files: Compiled, failures: tuple[Failure, ...] = (), exact: bool = True) -> Built:
    """A build at -O2 for gpt-4o."""
    return Built(
        files=files,
        failures=failures,
        model="gpt-4o" if exact else "claude-sonnet-4",
        tokenizer="o200k_base",
        exact=exact,
        level=2,
        out="build",
        published=not failures,
    )


UNDONE = Undone(
    "collapse-spaces", "support/agent.j2", 14, 9, "  ", " ", "the columns of a table line up here"
)
RULES = (("layout", 1), ("tojson", 1))
FILLER = (("it should be noted that", 2), ("as such", 1), ("kindly", 1), ("please", 1))
STEPS = (
    Step("drop-dead-branches", 1, "EXACT", 0, 0, 1),
    Step("collapse-spaces", 1, "SPACING", 980, 980, 0, (UNDONE,), 2),
    Step("collapse-blank-lines", 1, "SPACING", 1204, 1100, 12, renderings=4),
    Step("minify-json", 1, "DATA", 1100, 1000, 2, rules=RULES, renderings=4),
    Step("trim-filler", 1, "MEANING", 1000, 980, 5, skipped=1, rules=FILLER, checks=("facts",)),
)

GOOD = built(
    compiled("chat/greeting.j2", sampled(45, 45, 61)),
    compiled(
        "rag/answer.j2", static(812, 790), steps=(Step("minify-json", 1, "DATA", 812, 790, 1),)
    ),
    compiled("support/agent.j2", sampled(1204, 980, 1310, calls=120_000), steps=STEPS),
)
MIXED = built(
    compiled("chat/greeting.j2", sampled(45, 45, 61, exact=False)),
    compiled(
        "rag/answer.j2",
        sampled(812.33, 790.67, 2210, exact=False),
        notes=("the tag {% cache %} at 3:1 is not Jinja's own; it was left as it is",),
    ),
    compiled(
        "support/agent.j2", sampled(11204, 9080, 13310, calls=120_000, exact=False), steps=STEPS
    ),
    compiled("support/reply.j2", static(300, 340, exact=False)),
    compiled("support/shape.j2", static(300, 300, exact=False), text="moved"),
    failures=(
        Failure("ask.j2", "ask.j2:14:3: {% if %} is never closed; add {% endif %}"),
        Failure(
            "extract/invoice.j2",
            "extract/invoice.j2:3:20: 'tojsn' is no filter that this environment knows; did you "
            "mean 'tojson'? Name your own filters in [tool.promptc.jinja] filters",
        ),
    ),
    exact=False,
)
RULE = CacheRule(
    "OpenAI", 1024, 128, True, Decimal("0.5"), (Kept(300, Decimal(1)),), "https://example.org",
    "kept for 5 to 10 minutes", "2026-11-20",
)  # fmt: skip


def caching(prefix: int, tokens: int) -> Caching:
    """What a call costs at the price of gpt-4o that starts with *prefix* static tokens."""
    cached = RULE.cached(prefix)
    full = PRICE * tokens
    warm = full - PRICE * cached / 2
    return Caching(prefix, cached, 1024, full, full, warm, 2 if cached else None, 300, True)


def cached(name: str, before: int, after: int, end: Ending | None = None) -> Compiled:
    """A template of which all but ten tokens stand before its first hole."""
    verdict = CacheVerdict(
        caching(before, before + 10), caching(after, after + 10), 0.9, False, None
    )
    cost = replace(static(before + 10, after + 10), caching=verdict)
    return replace(compiled(name, cost), prefix=PrefixCost(before, after, end, ("head.j2",)))


HOLE = Ending("hole", "{{ day }}", "{{ day }} is filled anew at each call", "rag/answer.j2", 7, 3)
CACHED = replace(
    built(
        cached("rag/answer.j2", 2300, 2100, HOLE),
        cached("rag/short.j2", 900, 890, HOLE._replace(source=HOSTILE, reason=HOSTILE)),
        cached("support/agent.j2", 1300, 1290),
        cached("whole.j2", 40, 40),
    ),
    cache_rule=RULE,
)
NOTHING = built(
    compiled("chat/greeting.j2", sampled(45, 45, 61)), compiled("rag/answer.j2", static(812, 812))
)
LONG = built(
    compiled(
        "prompts/customers/europe/support/escalation/second-level/agent-with-policy.j2",
        sampled(1_204_330, 980_112, 1_310_004, calls=4_000_000),
    ),
    compiled(
        "プロンプト/顧客/サポート/エスカレーション/第二レベル/エージェント.j2", sampled(88, 80, 90)
    ),
    compiled("short.j2", static(12, 11)),
)
HOSTILE_BUILD = built(
    compiled(
        HOSTILE,
        sampled(100, 90, 100),
        steps=(
            Step(
                "collapse-spaces",
                1,
                "SPACING",
                100,
                90,
                1,
                (Undone("collapse-spaces", HOSTILE, 1, 1, HOSTILE, HOSTILE, HOSTILE),),
            ),
        ),
        notes=(HOSTILE,),
        text=HOSTILE,
    ),
    failures=(Failure(HOSTILE, f"{HOSTILE}:1:1: {HOSTILE}"),),
)
ALL = {
    "good": GOOD,
    "mixed": MIXED,
    "nothing": NOTHING,
    "long": LONG,
    "hostile": HOSTILE_BUILD,
    "cached": CACHED,
    "empty": built(),
}
