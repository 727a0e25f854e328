"""How hypothesis runs, and what is said of tests that were left out."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# No deadlines, for machines are noisy; the same examples every time in CI.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that had no browser, so that nobody takes them for passed."""
    skipped = terminalreporter.stats.get("skipped", [])
    without = [each for each in skipped if "tests/browser/" in each.nodeid]
    if without:
        count = f"{len(without)} tests of web pages" if len(without) > 1 else "1 test of web pages"
        terminalreporter.write_sep("=", f"left out: {count}; make browser installs what they need")
