"""Draw a page as one HTML file that needs nothing else and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import Any

from promptc.report.page import GENERATOR
from promptc.report.page.curves import plot
from promptc.report.page.views import Mark, Page
from promptc.report.plain import visible
from promptc.version import __version__

_MANY = 12
_END = "\n"
_RUN = re.compile(r"(.)\1*", re.DOTALL)
_JOINT = re.compile(r"(?<=[/_])(?=\w)")
_SIGNS = {" ": "·", "\n": "↵", "\t": "→"}


def draw(page: Page) -> str:
    """Write *page* as HTML. Every text in it is escaped, and its control characters are shown.

    The page's policy allows its own style and script, by their hashes, and nothing else: no other
    script, no picture, no font, no address.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({"page.html": _part("page.html")}),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _part("page.css"), _part("page.js")
    return environment.get_template("page.html").render(
        page=page,
        plot=plot,
        shown=shown,
        blank=blank,
        ends=ends,
        broken=broken,
        generator=f"{GENERATOR} {__version__}",
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
    )


def broken(name: str) -> list[str]:
    """The parts of *name*, which a line may break between: behind its slashes and underscores.

    >>> broken("rag/long_name.j2")
    ['rag/', 'long_', 'name.j2']
    """
    return _JOINT.split(name)


def blank(mark: Mark) -> bool:
    """Whether *mark* is of white space alone, which has to be made visible.

    >>> blank(Mark("dropped", "  ")), blank(Mark("changed", "  ", "a"))
    (True, False)
    """
    return not mark.before.strip() and not mark.after.strip()


def shown(text: str, *, breaks: bool = False) -> str:
    """White space made visible, long runs counted; with *breaks* lines still end.

    >>> shown("  "), shown("\\n" + 40 * " ")
    ('··', '↵·×40')
    """
    found = (run[0] for run in _RUN.finditer(text))
    return "".join(f"{_sign(run)}{_END if breaks and run[0] == _END else ''}" for run in found)


def ends(text: str) -> str:
    """*text* with the white space at its ends made visible.

    >>> ends("---\\n\\n"), ends("be  kind")
    ('---↵↵', 'be  kind')
    """
    inner = text.strip()
    head, _, tail = text.partition(inner) if inner else (text, "", "")
    return f"{shown(head)}{inner}{shown(tail)}"


def _sign(run: str) -> str:
    sign = _SIGNS.get(run[0], run[0])
    return sign * len(run) if len(run) <= _MANY else f"{sign}×{len(run)}"


def _seen(value: Any) -> Any:
    """*value* with its control characters shown, unless it is HTML of the page itself."""
    ours = not isinstance(value, str) or hasattr(value, "__html__")
    return value if ours else visible(value)


def _part(name: str) -> str:
    return resources.files("promptc.report.page").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
