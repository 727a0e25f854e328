"""Which variables a template reads from outside."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from promptc.errors import TemplateError
from promptc.ir import Comment, Template
from promptc.parse import unknown_tags
from promptc.parse.rejection import parser
from promptc.rendering.fields import fields
from promptc.syntax import Syntax

# Functions of the i18n extension and of chat tokenizers: no sample has to name them.
_FUNCTIONS = {"gettext", "ngettext", "pgettext", "npgettext", "raise_exception", "strftime_now"}


@lru_cache(maxsize=256)
def variables(template: Template) -> frozenset[str]:
    """Names that *template* reads and never binds itself; functions of Jinja are left out.

    Of a ``format`` file the names of its fields. What an included file reads is not counted.
    Raises `TemplateError` for what Jinja parses and then can't compile.

    >>> from promptc.parse import parse
    >>> from promptc.source import Source
    >>> text = "{% for item in order.items %}{{ item.price * rate }}{% endfor %}"
    >>> sorted(variables(parse(Source(text))))
    ['order', 'rate']
    """
    if template.syntax.engine == "format":
        return fields(template)
    if template.syntax.engine == "plain":
        return frozenset()
    import jinja2
    from jinja2.meta import find_undeclared_variables

    env = lenient(template.syntax, unknown_tags(template))
    try:
        return frozenset(find_undeclared_variables(env.parse(_body(template)))) - _FUNCTIONS
    except (jinja2.TemplateError, RecursionError) as error:
        raise TemplateError(f"{template.name}: Jinja can't compile it: {error}") from error


def _body(template: Template) -> str:
    """The text without its front matter, which Jinja never sees."""
    first = template.leaves[:1]
    skipped = template.syntax.front_matter and first and isinstance(first[0], Comment)
    return template.text[len(first[0].text) :] if skipped else template.text


class _AnyName(dict[str, Any]):
    """Filters or tests of which there is none that can't be found."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, default) or (lambda value, *args, **kwargs: value)


@lru_cache(maxsize=64)
def lenient(syntax: Syntax, unknown: frozenset[tuple[str, bool]]) -> Any:
    """A parser that minds neither unknown tags nor unknown filters and tests."""
    env = parser(syntax, unknown).overlay()
    env.filters, env.tests = _AnyName(env.filters), _AnyName(env.tests)
    return env
