from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import click
import pytest

from promptc.syntax import Syntax
from tests.fixtures import Case, cases
from tests.report.test_explain import TrimAll

GENERATE = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "generate.py"))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str) -> Path:
        path = tmp_path / "trim-all.txt"
        path.write_bytes(text.encode())
        return path

    return written


CASES = """\
=== trims
--- options
keep = 2
--- syntax
trim_blocks = true
extensions = ["do"]
--- set
plan = "pro"
--- files
"a.j2" = "A\\n"
--- before
a  \r
=== CONTEXT ===
---
--- not a part

--- after
b


=== leaves it
--- before
a
--- after
a
"""


def test_a_case_has_all_its_parts(write: Any) -> None:
    first, second = cases(write(CASES))
    assert first == Case(
        pass_name="trim-all",
        title="trims",
        options={"keep": 2},
        syntax=Syntax(trim_blocks=True, extensions=("do",)),
        bindings={"plan": "pro"},
        files={"a.j2": "A\n"},
        before="a  \r\n=== CONTEXT ===\n---\n--- not a part\n",
        after="b\n",
    )
    assert (second.title, second.before, second.after) == ("leaves it", "a", "a")


@pytest.mark.parametrize(
    "text",
    [
        "=== no after\n--- before\na\n",
        "=== typo\n--- optoins\na = 1\n--- before\na\n--- after\na\n",
        "=== twice\n--- before\na\n--- before\na\n--- after\na\n",
        "before the first\n=== a\n--- before\na\n--- after\na\n",
    ],
)
def test_a_case_that_can_not_be_read_is_an_error(write: Any, text: str) -> None:
    with pytest.raises(ValueError, match="trim-all"):
        list(cases(write(text)))


def test_a_pass_page_shows_white_space(write: Any) -> None:
    page = GENERATE["pass_page"](TrimAll, 1, next(cases(write(CASES))))
    assert page.startswith("# trim-all\n\n<!-- Written by docs/generate.py")
    assert "- `keep = 1`: Lines to keep. At least one stays." in page
    assert "Here `·` stands for a space and `→` for a tab." in page
    assert "Before:\n\n```jinja\na··\r\n=== CONTEXT ===\n" in page
    assert "A case that the tests hold: it trims." in page


def test_a_fence_is_longer_than_those_inside() -> None:
    assert GENERATE["fence"]("```\na\n```").startswith("````jinja\n")


def test_white_space_that_a_page_would_hide_is_marked() -> None:
    assert GENERATE["visible"]("a  b \n  - c\td") == "a··b·\n  - c→d"


def test_the_command_page_holds_the_help_of_every_command() -> None:
    @click.group(context_settings={"help_option_names": ["-h", "--help"]})
    def main() -> None:
        """Compile prompts."""

    @main.command()
    @click.option("--out", default="build", help="Where to write.")
    def build(out: str) -> None:
        """Build templates."""

    page = GENERATE["cli_page"](main)
    assert "## promptc\n\n```text\nUsage: promptc [OPTIONS] COMMAND [ARGS]..." in page
    assert "## promptc build\n" in page
    assert "  --out TEXT  Where to write.\n  -h, --help  Show this message and exit.\n" in page
    assert "Usage: promptc build [OPTIONS]\n" in page


def test_stale_pages_are_named() -> None:
    docs = GENERATE["DOCS"]
    assert GENERATE["stale"]({docs / "no-such-page.md": ""})[0] == "docs/no-such-page.md"
