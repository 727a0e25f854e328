"""The command line: read arguments, call the api, print, choose an exit code."""

from __future__ import annotations

from typing import Any

import click

from promptc.cli.build import build
from promptc.cli.check import check
from promptc.cli.compress import compress
from promptc.cli.diff import diff
from promptc.cli.explain import explain, restore
from promptc.cli.index import index
from promptc.cli.init import init
from promptc.cli.models import models
from promptc.cli.output import FAILED, INTERRUPTED, complain
from promptc.cli.retrieve import retrieve
from promptc.cli.verify import verify
from promptc.errors import PromptcError


class Group(click.Group):
    """Shows promptc's own errors as messages, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PromptcError as error:
            complain(f"Error: {error}")
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            stands = " What was published before stands."
            complain(f"Interrupted.{stands if ctx.invoked_subcommand == 'build' else ''}")
            ctx.exit(INTERRUPTED)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="promptc-compiler", prog_name="promptc")
def main() -> None:
    """Compile prompt templates: the same prompt for fewer tokens, with proof."""


for _command in (
    build, check, compress, diff, explain, index, init, models, restore, retrieve, verify,
):  # fmt: skip
    main.add_command(_command)
