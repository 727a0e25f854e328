"""``promptc verify``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptc.cli.arguments import FilePath
from promptc.cli.output import DONE, FAILED, FINDINGS, complain, say
from promptc.errors import ConfigError

if TYPE_CHECKING:
    from promptc.checks.judge import Judge

KEYS = ("PROMPTC_JUDGE_KEY", "OPENAI_API_KEY")
"""Where the key of a judge is looked for, in this order."""


@click.command()
@click.argument("before", type=FilePath())
@click.argument("after", type=FilePath())
@click.option(
    "--mode",
    type=click.Choice(["rewrite", "selection"]),
    default="rewrite",
    help="AFTER says the same in other words, or is parts of BEFORE; default rewrite.",
)
@click.option("--config", type=FilePath(file=True), help="Read this file and no other.")
@click.option(
    "--judge", "url", metavar="URL", help="Ask the model of an OpenAI-compatible endpoint."
)
@click.option("--judge-model", "model", metavar="NAME", help="With --judge: the model that judges.")
@click.option(
    "--judge-timeout",
    "timeout",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="SECONDS",
    help="With --judge: time for each try; default 60.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures and findings only.")
@click.pass_context
def verify(ctx: click.Context, /, before: Path, after: Path, **given: Any) -> None:  # fmt: skip
    """Say what AFTER lost of what BEFORE says, and what it says anew.

    BEFORE and AFTER are two templates or texts, or two folders of templates, which are compared
    name by name. A rewrite must say all that BEFORE says and nothing else. A selection must be
    parts of it, in order, with its holes and protected text; what it loses is listed. The questions
    beside BEFORE must still be answered, on renderings where it has samples.

    With --judge, a model is shown each pair of renderings in both orders. Its key is read from
    PROMPTC_JUDGE_KEY or OPENAI_API_KEY.

    Exit code: 0 clean, 1 findings, 2 could not run.

    \b
    promptc verify templates/ build/
    promptc verify notes.txt short.txt --mode selection
    """
    from promptc import report
    from promptc.verifying import verify as run

    judge = _judge(given)
    found = run(before, after, mode=given["mode"], config=given["config"], judge=judge)
    if given["as_json"]:
        click.echo(report.verified_json(found))
    else:
        text = report.verified(found, quiet=given["quiet"])
        if text:
            say(text)
    for failure in found.failures:
        complain(f"Error: {failure.message}")
    ctx.exit(FAILED if found.failures else DONE if found.passed else FINDINGS)


def _judge(given: dict[str, Any]) -> Judge | None:
    url, model = given["url"], given["model"]
    if not url:
        if model:
            raise ConfigError("--judge-model: name the endpoint, too, with --judge URL")
        return None
    if not model:
        raise ConfigError("--judge: name the model that judges with --judge-model NAME")
    from promptc.building.cache import Cache
    from promptc.building.flow import CACHE
    from promptc.checks.judge import Judge
    from promptc.endpoint import Endpoint

    key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "")
    return Judge(Endpoint(url, model, key, given["timeout"]), Cache(Path(CACHE) / "judge"))
