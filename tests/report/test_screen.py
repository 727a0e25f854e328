from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from promptc.report import print_diffs, print_report, progress
from tests.report.samples import GOOD, MIXED, built, compiled, sampled


def test_the_report_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(GOOD)
    out, err = capsys.readouterr()
    assert "support/agent.j2   1,204" in out
    assert err == ""
    print_report(MIXED, quiet=True)
    assert capsys.readouterr().out.startswith("2 templates could not be compiled:")


def test_piped_diffs_can_be_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["one.j2", "two.j2"]
    build = built(*(compiled(n, sampled(9, 8, 9), text="Answer\tme.\n") for n in names))
    print_diffs(build)
    for file in build.files:
        (tmp_path / file.name).write_text(file.source)
    (tmp_path / "p.diff").write_text(capsys.readouterr().out)
    subprocess.run(["git", "apply", "p.diff"], cwd=tmp_path, check=True)
    assert [(tmp_path / name).read_text() for name in names] == ["Answer\tme.\n"] * 2


def test_progress_waits_draws_and_wipes() -> None:
    out, now = io.StringIO(), [0.0]
    draw = progress(out, lambda: now[0])
    draw(1, 4)
    assert out.getvalue() == ""
    now[0] = 1.0
    draw(2, 4)
    draw(3, 4)
    assert out.getvalue() == "\r\x1b[2K[###############...............] 2 of 4 templates"
    draw(4, 4)
    assert out.getvalue().endswith("templates\r\x1b[2K")


def test_short_work_draws_nothing() -> None:
    out = io.StringIO()
    draw = progress(out, lambda: 0.0)
    for done in range(1, 4):
        draw(done, 3)
    assert out.getvalue() == ""
