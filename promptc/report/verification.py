"""What ``promptc verify`` found, as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promptc.report.plain import plain

if TYPE_CHECKING:
    from promptc.comparing import Compared
    from promptc.results import CheckResult
    from promptc.verifying import Verified

VERSION = 1
_WIDTH = 80


def verified(found: Verified, *, quiet: bool = False) -> str:
    """Every finding, file by file, and a sum at the end unless *quiet*."""
    lines = [line for each in found.files for line in _file(each, quiet)]
    lines += [plain(each) for each in found.alone]
    if not quiet:
        bad = sum(not each.passed for each in found.files) + len(found.alone)
        count = len(found.files) + len(found.alone)
        lines.append(
            f"{count} {'template' if count == 1 else 'templates'} compared: "
            f"{f'{bad} with findings' if bad else 'nothing was lost'}"
        )
    return "\n".join(lines)


def verified_json(found: Verified) -> str:
    """The same for programs."""
    told = {
        "version": VERSION,
        "mode": found.mode,
        "passed": found.passed,
        "files": [
            {
                "name": each.name,
                "passed": each.passed,
                "checks": [_check(one) for one in each.results],
                "notes": list(each.notes),
            }
            for each in found.files
        ],
        "alone": list(found.alone),
        "failures": [{"name": each.name, "message": each.message} for each in found.failures],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _file(each: Compared, quiet: bool) -> Iterator[str]:
    if each.passed and (quiet or (not any(_worth(one) for one in each.results) and not each.notes)):
        if not quiet:
            yield f"{plain(each.name)}: clean"
        return
    yield plain(each.name)
    for one in each.results:
        if one.passed and (quiet or not _worth(one)):
            continue
        yield f"  {one.name}: {'passed' if one.passed else 'failed'}, {one.score:.2f}"
        for told in one.detail:
            yield from _wrapped(told)
    if each.notes and not quiet:
        yield "  not judged"
        for told in each.notes:
            yield from _wrapped(told)


def _worth(one: CheckResult) -> bool:
    """Whether a check that passed has something to tell."""
    return one.name in ("answers", "judge", "similarity") and bool(one.detail)


def _wrapped(told: str) -> Iterator[str]:
    yield from textwrap.wrap(
        plain(told), _WIDTH, initial_indent="    ", subsequent_indent="      ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _check(one: CheckResult) -> dict[str, object]:
    return {
        "name": one.name,
        "passed": one.passed,
        "score": round(one.score, 4),
        "threshold": one.threshold,
        "detail": list(one.detail),
    }
