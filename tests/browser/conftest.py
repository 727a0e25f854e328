"""A browser for the tests of this folder; elsewhere than in CI they can do without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, browser, missing


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    lacking = missing()
    if lacking and os.environ.get("CI") == "true":
        pytest.fail(f"{' and '.join(lacking)} missing; run make browser")
    if lacking:
        pytest.skip("no browser: run make browser")
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def chromium(started: Browser) -> Browser:
    """The browser as it starts: a light system, a window, nothing chosen."""
    started.scheme("light")
    started.size(1280, 900)
    started.rest()
    started.log()
    return started


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: to the folder PICTURES, if it is named."""
    named = os.environ.get("PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
