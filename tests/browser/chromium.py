"""Debian's Chromium, driven by selenium, with a profile of its own and no network."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--window-size=1280,900",
)  # fmt: skip
AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ["violations"]}).then(done, done);
"""


def missing() -> list[str]:
    """The programs that tests of pages need and that are not here."""
    return [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


class Browser:
    """A page in a window, or on a phone."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, path: Path, anchor: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{path.as_uri()}{f'#{anchor}' if anchor else ''}")

    def scheme(self, name: str) -> None:
        """Prefer *name*, ``light`` or ``dark``, as a system does."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self._cdp("Emulation.setEmulatedMedia", features=features)

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self._cdp("Emulation.setDeviceMetricsOverride", **metrics)

    def scripts(self, *, allowed: bool) -> None:
        """Whether pages that are opened from now on may run scripts."""
        self._cdp("Emulation.setScriptExecutionDisabled", value=not allowed)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        return [each.text for each in self.all(selector)]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(f"return {script}", *arguments)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def point(self, at: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", at)
        ActionChains(self.driver).move_to_element(at).perform()

    def rest(self) -> None:
        """Put the mouse where nothing is."""
        builder = ActionBuilder(self.driver)
        builder.pointer_action.move_to_location(1, 1)  # type: ignore[no-untyped-call]
        builder.perform()

    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def picture(self) -> bytes:
        """The whole page as a PNG."""
        size = self._cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000)}
        taken = self._cdp(
            "Page.captureScreenshot", clip={**clip, "scale": 1}, captureBeyondViewport=True
        )
        return base64.b64decode(taken["data"])

    def violations(self, *rules: str) -> list[str]:
        """What axe-core finds against *rules*, or against all that there are, and where."""
        if not self.run("'axe' in window"):
            self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(_RUN, list(rules) or TAGS)
        assert isinstance(found, dict), found
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def log(self) -> list[str]:
        """What the browser complained about since it was asked last."""
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [each["message"] for each in found]

    def _cdp(self, command: str, **arguments: Any) -> dict[str, Any]:
        found = self.driver.execute_cdp_cmd(command, arguments)
        assert isinstance(found, dict)
        return found


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with its profile in *folder*, and end it."""
    os.environ["SE_AVOID_STATS"] = "true"
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
