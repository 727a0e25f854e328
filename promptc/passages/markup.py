"""HTML as Markdown: headings, lists, tables and code keep their structure."""

from __future__ import annotations

import re

from promptc.errors import InputError

_HIDDEN = ("script", "style", "template", "noscript", "nav", "svg", "iframe", "head")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


def markdown(text: str, name: str) -> str:
    """What a reader of the page *text* sees, as Markdown; *name* is for errors."""
    if "<" not in text:
        return text
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    page = BeautifulSoup(_DECLARATION.sub("", text), "lxml")
    title = page.title.get_text(" ", strip=True) if page.title else ""
    for tag in page.find_all(_HIDDEN):
        tag.decompose()
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )
    try:
        found = converter.convert_soup(page)
    except RecursionError:
        raise InputError(f"{name}: elements are nested too deep to be read") from None
    found = _BLANK.sub("\n\n", found).strip() + "\n"
    return found if page.find("h1") or not title else f"# {title}\n\n{found}"
