"""Random templates that Jinja accepts, and what stock Jinja makes of them under every setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import jinja2
from hypothesis import strategies as st

from promptc.syntax import Syntax, options

NAMES = ("a", "b", "c", "x", "s")
CONTEXTS: tuple[dict[str, Any], ...] = (
    {},
    {"a": "", "b": "\n", "c": True, "x": "lit", "s": ["", "\n", "u"]},
    {"a": "x\n", "b": " y", "c": 0, "x": "<b>", "s": ["u", "v  w"]},
    {"a": 1, "b": "a  b", "c": "lit", "x": False, "s": []},
)

_MARKS = st.sampled_from(["", "", "", "-", "+"])
_TEXTS = st.lists(
    st.sampled_from(
        ["", " ", "  ", "\n", "\n\n\n", " \n", "\n  ", "\t", " \n \n\n", "\n    "]
        + ["word", "Two  spaces. ", "- item", "# h", "{", "}", "%", "<b>", "|", "`q  r`"]
        + ["\u3000", "\xa0", "\u2028", "\x0c", '"a  b"']
    ),
    max_size=6,
).map("".join)
_ATOMS = st.sampled_from(
    [*NAMES, '"lit"', "'x'", '" "', '"\\n"', '"<b>"', '"{"', '""', "1", "2.0", "true", "none"]
)


def _tag(code: str) -> st.SearchStrategy[str]:
    return st.tuples(_MARKS, _MARKS).map(lambda m: f"{{%{m[0]} {code} {m[1]}%}}")


def _expressions() -> st.SearchStrategy[str]:
    return st.recursive(
        _ATOMS,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["~", "+", "==", "!=", "<", "in", "and", "or"]), inner)
            .map(" ".join),
            inner.map("not {}".format),
            inner.map("({},)".format),
            inner.map("[{}]".format),
            st.tuples(inner, inner, inner).map("{0[0]} if {0[1]} else {0[2]}".format),
            st.tuples(st.sampled_from(NAMES), st.sampled_from(["upper", "trim", "e", "length"]))
            .map("|".join),
        ),
        max_leaves=4,
    )  # fmt: skip


EXPRESSIONS = _expressions()
_CONDITIONS = st.one_of(st.sampled_from(["true", "false", "a", "x == 'lit'"]), EXPRESSIONS)


@st.composite
def _chain(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    arms = draw(st.lists(_CONDITIONS, min_size=1, max_size=3))
    names = ["if", *["elif"] * (len(arms) - 1)]
    out = [draw(_tag(f"{n} {c}")) + draw(inner) for n, c in zip(names, arms, strict=True)]
    if draw(st.booleans()):
        out.append(draw(_tag("else")) + draw(inner))
    return "".join(out) + draw(_tag("endif"))


def _wrapped(code: str, end: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(_tag(code), inner, _tag(end)).map("".join)


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _chain(inner),
        _chain(inner),
        _wrapped("for a in s", "endfor", inner),
        _wrapped("for i in s if b", "endfor", inner),
        _wrapped("with x = a", "endwith", inner),
        _wrapped("filter upper", "endfilter", inner),
        _wrapped("filter replace('a', 'b')", "endfilter", inner),
        _wrapped("autoescape true", "endautoescape", inner),
        _wrapped("set c", "endset", inner),
        _wrapped("macro m(x, b=a)", "endmacro", inner).map(lambda text: text + "{{ m(1) }}"),
        st.lists(inner, max_size=3).map("".join),
    )


_LEAVES = st.one_of(
    _TEXTS,
    _TEXTS,
    st.tuples(EXPRESSIONS, _MARKS).map(lambda e: f"{{{{{e[1]} {e[0]} }}}}"),
    st.tuples(st.sampled_from(NAMES), EXPRESSIONS)
    .map("set {0[0]} = {0[1]}".format)
    .flatmap(_tag),
    st.sampled_from(["{# n #}", "{#- n -#}", "{% trans %}Hi {{ a }}{% endtrans %}"]),
    st.just("{% raw %}{{ q }}  {% endraw %}"),
)  # fmt: skip
TEMPLATES = st.tuples(
    st.sampled_from(["", '{% set a = "lit" %}', "{% set b = 1 %}\n"]),
    st.lists(st.recursive(_LEAVES, _blocks, max_leaves=8), max_size=4).map("".join),
).map("".join)
SYNTAXES = st.sampled_from(
    [Syntax(stated=stated, trim_blocks=stated and trim, lstrip_blocks=stated and strip)
     for stated, trim, strip in product((False, True), repeat=3)]
)  # fmt: skip


def readings(syntax: Syntax) -> Iterator[Syntax]:
    """Every way in which a file of *syntax* may be read."""
    if syntax.stated:
        yield syntax
        return
    for trim, strip in product((False, True), repeat=2):
        yield replace(syntax, trim_blocks=trim, lstrip_blocks=strip)


def renderings(
    text: str,
    syntax: Syntax,
    contexts: Sequence[Mapping[str, Any]] = CONTEXTS,
    files: Mapping[str, str] | None = None,
) -> list[str | None]:
    """What stock Jinja makes of *text*, read every way, in each context; ``None``: it fails."""
    return [
        _rendered(text, reading, context, tuple((files or {}).items()))
        for reading in readings(syntax)
        for context in contexts
    ]


def _rendered(
    text: str, syntax: Syntax, context: Mapping[str, Any], files: tuple[tuple[str, str], ...]
) -> str | None:
    try:
        shown = _environment(syntax, files).from_string(text).render(**context)
    except (jinja2.TemplateError, TypeError, ValueError, RecursionError):
        return None
    return re.sub(r" at 0x[0-9a-f]+", "", shown)


@lru_cache(maxsize=32)
def _environment(syntax: Syntax, files: tuple[tuple[str, str], ...]) -> jinja2.Environment:
    env = jinja2.Environment(**options(syntax), loader=jinja2.DictLoader(dict(files)))
    env.install_gettext_callables("<{}>".format, lambda one, many, n: one)  # type: ignore[attr-defined]
    return env


def agree(one: Sequence[str | None], two: Sequence[str | None]) -> bool:
    """Whether two lists of renderings are equal wherever the first ones succeeded."""
    return all(old is None or old == new for old, new in zip(one, two, strict=True))


def lines(text: str | None) -> list[tuple[bool, str, list[str]]] | None:
    """The lines that say something: whether a blank one is above, the indent, the words."""
    if text is None:
        return None
    found: list[tuple[bool, str, list[str]]] = []
    blank = False
    for line in text.split("\n"):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words:
            found.append((blank, line[: len(line) - len(line.lstrip(" \t"))], words))
        blank = not words
    return found
