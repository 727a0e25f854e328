from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Rejected:
    """A template that Jinja rejects.

    A tag that is never closed, an expression that does not parse, a block that is defined twice, a
    comment to promptc that it does not know: the message names the place and what to do.

    Why: The application fails when it loads the template, at the first call after the deployment.

    Fix: Do what the message says. Text that only looks like Jinja goes between `{% raw %}` and
    `{% endraw %}`. Settings of your environment, such as `line_statement_prefix` or an extension,
    go into `[jinja]` of the configuration.

    Leave it: Never, if Jinja renders the file. A file that something else renders is excluded with
    `exclude`, or read as what it is with `[engines]`.
    """

    code: ClassVar[str] = "PC001"
    name: ClassVar[str] = "rejected-template"
    error: ClassVar[bool] = True
    fixed_by: ClassVar[str] = ""
