"""The report in a real browser: sorting, opening, explaining, colors, a phone, accessibility."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from selenium.webdriver.common.keys import Keys

from promptc.building.flow import Request, build
from promptc.cli import main
from promptc.report.page import build_page
from promptc.report.page.built import page
from promptc.report.page.drawing import draw
from promptc.report.page.views import Curve, Point
from promptc.results import Built
from tests.browser.chromium import Browser
from tests.report.samples import CACHED, HOSTILE_BUILD, LONG, MIXED, compiled, sampled

ROOT = Path(__file__).parents[2]
LAST = "td:last-child"
NOTES = "meeting_notes.j2"
FEW = (NOTES, "ops_agent.j2", "partials/support_policy.j2")
POINTS = (Point(120, 0.4), Point(260, 0.7), Point(430, 0.95), Point(900, 1))
CURVE = Curve("Answers kept: handbook", POINTS, POINTS[2])


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The worked examples, compiled."""
    request = Request([ROOT / "templates"], dry_run=True, cached=False)
    return build(request)[0]


@pytest.fixture(scope="session")
def pages(worked: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pages: of builds, of a check, of a compression, with a curve, hostile ones."""
    folder = tmp_path_factory.mktemp("pages")
    few = tuple(file for file in worked.files if file.name in FEW)
    made = {
        "worked": worked,
        "few": replace(worked, files=few),
        "mixed": MIXED,
        "cached": CACHED,
        "hostile": HOSTILE_BUILD,
        "long": LONG,
    }
    for name, each in made.items():
        (folder / f"{name}.html").write_text(build_page(each), encoding="utf-8")
    whole = page(made["few"])
    curved = tuple(replace(each, curves=(CURVE,)) for each in whole.details)
    (folder / "curve.html").write_text(draw(replace(whole, details=curved)), encoding="utf-8")
    commands = {
        "check": [f"templates/{name}" for name in FEW],
        "compress": ["CONTRIBUTING.md", "docs/glossary.md", "--rate", "0.6"],
    }
    for name, words in commands.items():
        paths = [str(ROOT / word) if (ROOT / word).exists() else word for word in words]
        result = CliRunner().invoke(main, [name, *paths, "--report", str(folder / f"{name}.html")])
        assert result.exit_code == 0, result.output
    return folder


def opened(chromium: Browser, name: str) -> str:
    """Click the template *name*; return the anchor of its part of the page."""
    link = next(each for each in chromium.all("#table a") if each.text == name)
    anchor = link.get_attribute("href") or ""
    link.click()
    return anchor.rpartition("#")[2]


def money(chromium: Browser) -> list[float]:
    texts = chromium.texts(f"#table tbody {LAST}")
    return [float(each.strip("$").replace("–", "0")) for each in texts]


def test_the_table_comes_sorted_by_money_and_sorts_by_any_column(
    chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / "worked.html")
    headings = chromium.all("#table thead th")
    assert headings[-1].get_attribute("aria-sort") == "descending"
    assert money(chromium) == sorted(money(chromium), reverse=True)
    headings[-1].find_element("css selector", "button").click()
    assert headings[-1].get_attribute("aria-sort") == "ascending"
    assert money(chromium) == sorted(money(chromium))
    headings[0].find_element("css selector", "button").click()
    names = [each.lower() for each in chromium.texts("#table tbody th a")]
    assert names == sorted(names)
    assert [each.get_attribute("aria-sort") for each in headings[:2]] == ["ascending", "none"]
    headings[1].find_element("css selector", "button").click()
    before = [int(each.replace(",", "")) for each in chromium.texts("#table tbody td:nth-child(2)")]
    assert before == sorted(before, reverse=True)


def test_the_filter_shows_the_templates_whose_name_has_the_word(
    chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / "worked.html")
    chromium.one("#filter").send_keys("PARTIALS/")
    shown = [each.text for each in chromium.all("#table tbody th a") if each.is_displayed()]
    assert len(shown) == 3
    assert all(each.startswith("partials/") for each in shown)
    assert chromium.one("#count").text == "3 of 12"


def test_a_template_opens_alone_and_the_way_back_leads_to_its_row(
    chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / "worked.html")
    assert not [each for each in chromium.all(".detail") if each.is_displayed()]
    anchor = opened(chromium, NOTES)
    shown = [each for each in chromium.all(".detail") if each.is_displayed()]
    assert [each.get_attribute("id") for each in shown] == [anchor]
    assert not chromium.one("#overview").is_displayed()
    assert chromium.focused().text == NOTES
    chromium.driver.back()
    assert chromium.one("#overview").is_displayed()
    assert chromium.focused().text == NOTES


def test_pointing_at_a_mark_tells_the_pass_and_the_check(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "worked.html")
    anchor = opened(chromium, NOTES)
    chromium.point(chromium.all(f"#{anchor} a.mark")[0])
    told = chromium.one("#tip").text
    assert "trim-filler changed, line 1" in told
    assert "held facts: agreed" in told
    chromium.point(chromium.one("h1"))
    chromium.run("new Promise(done => setTimeout(done, 400))")
    assert not chromium.one("#tip").is_displayed()


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(
    chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / "worked.html")
    seen = []
    for _ in range(11):
        chromium.press(Keys.TAB)
        at = chromium.focused()
        seen.append(at.text or at.get_attribute("id") or at.get_attribute("name"))
    first = chromium.one("#table tbody a").text
    buttons = [each.text for each in chromium.all("#table thead button")]
    assert seen == ["Skip to the report", "theme", "filter", *buttons, first]
    chromium.press(Keys.ENTER)
    assert chromium.focused().text == first


def test_marks_are_explained_by_keyboard(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "worked.html")
    anchor = opened(chromium, NOTES)
    marks = chromium.all(f"#{anchor} a.mark")
    chromium.press(Keys.TAB)
    assert chromium.focused() == marks[0]
    tip = chromium.one("#tip")
    assert "trim-filler" in tip.text
    chromium.press(Keys.ARROW_RIGHT)
    assert chromium.focused() == marks[1]
    described = (marks[1].get_attribute("aria-describedby") or "").split()
    numbers = (marks[1].get_attribute("data-changes") or "").split()
    assert described == [f"{anchor}-c{number}" for number in numbers]
    chromium.press(Keys.ESCAPE)
    assert not tip.is_displayed()
    assert chromium.focused() == marks[1]
    chromium.press(Keys.ENTER)
    assert chromium.focused().get_attribute("id") == described[0]
    assert chromium.focused().is_displayed()


def test_focus_is_visible(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "worked.html")
    for _ in range(6):
        chromium.press(Keys.TAB)
        style = "getComputedStyle(document.activeElement.matches('[type=radio]') "
        style += "? document.activeElement.nextElementSibling : document.activeElement)"
        assert chromium.run(f"{style}.outlineStyle") == "solid"
        assert chromium.run(f"{style}.outlineWidth") == "2px"


def test_the_switch_overrules_the_system_and_lasts(chromium: Browser, pages: Path) -> None:
    def ground() -> str:
        return str(chromium.run("getComputedStyle(document.documentElement).backgroundColor"))

    chromium.open(pages / "worked.html")
    light = ground()
    chromium.scheme("dark")
    dark = ground()
    assert light != dark
    chromium.one(".theme label:nth-of-type(2)").click()
    assert ground() == light
    chromium.driver.refresh()
    assert ground() == light
    chromium.one(".theme label:nth-of-type(1)").click()
    assert ground() == dark


@pytest.mark.parametrize("name", ["few", "mixed", "cached", "long", "curve", "check", "compress"])
def test_axe_finds_nothing(chromium: Browser, pages: Path, name: str) -> None:
    for anchor in ("", "t1"):
        chromium.scheme("light")
        chromium.open(pages / f"{name}.html", anchor)
        marks = chromium.all("#t1 a.mark") if anchor else []
        if marks:
            chromium.run("arguments[0].focus()", marks[0])
            assert chromium.one("#tip").is_displayed()
        assert chromium.violations() == []
        chromium.scheme("dark")
        assert chromium.violations("color-contrast", "link-in-text-block") == []
    assert chromium.log() == []


def test_axe_would_find_something(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "few.html")
    chromium.run("document.querySelector('.headline').style.color = '#ccc'")
    assert [each[:14] for each in chromium.violations("color-contrast")] == ["color-contrast"]


@pytest.mark.parametrize("name", ["few", "long", "curve", "check", "compress"])
@pytest.mark.parametrize("anchor", ["", "t1"])
def test_a_phone_shows_all_without_scrolling_sideways(
    chromium: Browser, pages: Path, name: str, anchor: str
) -> None:
    chromium.size(360, 740, phone=True)
    chromium.open(pages / f"{name}.html", anchor)
    assert chromium.run("document.documentElement.scrollWidth") == 360
    assert chromium.run("innerWidth") == 360
    assert chromium.violations() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pictures(chromium: Browser, pages: Path, pictures: Path, scheme: str, width: int) -> None:
    chromium.scheme(scheme)
    chromium.size(width, 900, phone=width < 500)
    taken = set()
    for name, anchor in (("worked", ""), ("worked", "t2"), ("curve", "t1"), ("check", "t1")):
        chromium.open(pages / f"{name}.html", anchor)
        picture = chromium.picture()
        (pictures / f"{name}{anchor}-{width}-{scheme}.png").write_bytes(picture)
        assert picture.startswith(b"\x89PNG")
        assert int.from_bytes(picture[16:20]) == width
        taken.add(picture)
    assert len(taken) == 4


def test_hostile_templates_run_nothing(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "hostile.html")
    for anchor in ("", "t1"):
        chromium.open(pages / "hostile.html", anchor)
        assert chromium.run("document.scripts.length") == 1
        assert chromium.run("document.images.length") == 0
        assert chromium.log() == []
    assert "<img src=x onerror=alert(1)>" in chromium.one("#t1").text


def test_the_policy_stops_a_script_that_got_in(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "worked.html")
    evil = "<img src=x onerror='window.hit = 1'><a id=bad href='javascript:window.hit=1'>b</a>"
    chromium.run("document.body.insertAdjacentHTML('beforeend', arguments[0])", evil)
    chromium.run("document.getElementById('bad').click()")
    chromium.run("new Promise(done => setTimeout(done, 200))")
    assert chromium.run("window.hit") is None
    assert any("Content Security Policy" in each for each in chromium.log())


def test_without_its_script_the_page_shows_everything(chromium: Browser, pages: Path) -> None:
    chromium.scripts(allowed=False)
    try:
        chromium.open(pages / "few.html")
        details = chromium.all(".detail")
        assert len(details) == 3
        assert all(each.is_displayed() for each in (*details, chromium.one("#table")))
        assert not chromium.one(".theme").is_displayed()
        assert not chromium.one("#filter").is_displayed()
        assert not chromium.one("#table thead button").is_enabled()
    finally:
        chromium.scripts(allowed=True)


def test_ten_thousand_templates_open(chromium: Browser, tmp_path: Path) -> None:
    source = "Answer the question that follows, and be brief.\n" * 40
    names = [f"team{n % 90}/prompt_{n:05}.j2" for n in range(10_000)]
    made = (compiled(name, sampled(400, 400 - n % 97, 410)) for n, name in enumerate(names))
    files = tuple(replace(each, source=source) for each in made)
    path = tmp_path / "large.html"
    path.write_text(build_page(replace(MIXED, files=files)), encoding="utf-8")
    assert path.stat().st_size < 8_000_000
    chromium.open(path)
    assert len(chromium.all("#table tbody tr")) == 2000
    assert "8,000 more templates" in chromium.one("#overview").text
    chromium.one("#table thead th:first-child button").click()
    assert chromium.one("#table tbody a, #table tbody th").text.startswith("team0/")
