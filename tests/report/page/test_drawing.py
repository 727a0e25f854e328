"""The page as HTML: it escapes everything, shows controls, and allows no script but its own."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from promptc.report.page import build_page
from promptc.report.page.drawing import shown
from promptc.results import Built
from tests.report.page.pages import Read
from tests.report.samples import ALL, GOOD, HOSTILE_BUILD

LOADS = {"src", "srcset", "style", "background", "action", "formaction", "data", "poster"}


@pytest.mark.parametrize("name", ALL)
def test_a_page_holds_nothing_that_runs_or_loads_but_its_own(name: str) -> None:
    page = Read(build_page(ALL[name]))
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not {"img", "iframe", "object", "embed", "link", "base"} & {t for t, _ in page.elements}
    for tag, attributes in page.elements:
        assert not LOADS & attributes.keys(), tag
        assert not [each for each in attributes if each.startswith("on")], tag
        assert attributes.get("href", "#").startswith("#"), tag


def test_hostile_text_comes_out_as_text() -> None:
    page = Read(build_page(HOSTILE_BUILD))
    assert "<img src=x onerror=alert(1)>" in page.text
    assert "\\x1b[31m" in page.text
    assert "\\u202e" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", page.text)


def test_hostile_text_cannot_end_the_element_that_it_stands_in() -> None:
    harmless, hostile = build_page(GOOD), build_page(HOSTILE_BUILD)
    for tag in ("</style", "</script", "</title"):
        assert hostile.count(tag) == harmless.count(tag) == 1


def test_the_policy_names_the_style_and_the_script_and_nothing_else() -> None:
    page = Read(build_page(GOOD))
    policy = next(each["content"] for each in page.named("meta") if each.get("http-equiv"))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ALL)
def test_anchors_are_unique_and_links_lead_somewhere(name: str) -> None:
    page = Read(build_page(ALL[name]))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.named("a"):
        assert link["href"][1:] in ids
        assert set(link.get("aria-describedby", "").split()) <= set(ids)


@pytest.mark.parametrize("built", [ALL["empty"], ALL["nothing"]])
def test_a_build_without_savings_has_a_page(built: Built) -> None:
    page = Read(build_page(built))
    assert ("Nothing to save" if built.files else "No templates") in page.text


def test_white_space_is_made_visible() -> None:
    assert shown("\t \n", breaks=True) == "→·↵\n"
