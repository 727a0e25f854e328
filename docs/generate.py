"""Write the pages that come from code: one per pass, and one for the command line.

python docs/generate.py            write docs/passes/*.md and docs/cli.md
python docs/generate.py --check    exit 1 and name the pages that are stale
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

if TYPE_CHECKING:
    import click

    from promptc.protocols import Pass
    from tests.fixtures import Case

GENERATED = "<!-- Written by docs/generate.py: change the code, then run it. -->"
COLUMNS = 80


def pages() -> dict[Path, str]:
    """Every generated page, by the file it belongs in."""
    from promptc.cli import main as command
    from promptc.passes import PASSES, level
    from tests.fixtures import FIXTURES, cases

    found = {DOCS / "cli.md": cli_page(command), DOCS / "passes" / "README.md": index(PASSES)}
    for each in PASSES:
        example = next(cases(FIXTURES / f"{each.name}.txt"), None)
        found[DOCS / "passes" / f"{each.name}.md"] = pass_page(each, level(each.name), example)
    return found


def index(passes: tuple[type[Pass], ...]) -> str:
    """The list of passes, in the order they run."""
    from promptc.passes import level

    lines = ["# Passes", "", GENERATED, "", "In the order they run.", ""]
    lines += ["| pass | guarantee | level | |", "| --- | --- | --- | --- |"]
    for each in passes:
        first = inspect.cleandoc(each.__doc__ or "").partition("\n")[0]
        link = f"[{each.name}]({each.name}.md)"
        lowest = level(each.name)
        when = "on request" if lowest is None else f"-O{lowest}"
        lines.append(f"| {link} | {each.guarantee.name} | {when} | {first} |")
    return "\n".join(lines) + "\n"


def pass_page(each: type[Pass], level: int | None, example: Case | None) -> str:
    """The page of one pass: its manual, its options, and its first fixture case."""
    from promptc.report.explain import earning, level_of, options

    lines = [f"# {each.name}", "", GENERATED, "", inspect.cleandoc(each.__doc__ or ""), ""]
    lines += [f"- **Guarantee**: {each.guarantee.name}, {each.guarantee.value}."]
    lines += [f"- **Level**: {level_of(level, each.name)}."]
    lines += [f"- **Keeps**: {earning(each)}."]
    lines += [f"- **Version**: {each.version}."]
    found = options(each)
    if found:
        lines += ["", "## Options", ""]
        lines += [f"- `{o.name} = {o.default}`: {' '.join(o.about.split())}" for o in found]
        lines += ["", f"Set one with `--pass {each.name}:{found[0].name}=…`."]
    if example is not None:
        lines += ["", "## Example", "", *_example(example)]
    return "\n".join(lines) + "\n"


def _example(case: Case) -> Iterator[str]:
    yield f"A case that the tests hold: it {case.title}."
    before, after = visible(case.before), visible(case.after)
    if (before, after) != (case.before, case.after):
        yield "Here `·` stands for a space and `→` for a tab."
    for name, text in case.files.items():
        yield from ["", f"`{name}`:", "", fence(text)]
    for name, shown in (("Before", before), ("After", after)):
        yield from ["", f"{name}:", "", fence(shown)]


def visible(text: str) -> str:
    """Mark the white space that a page would hide: tabs, runs of spaces, spaces at line ends."""
    text = re.sub(r"(?<=\S) {2,}| +$", lambda match: "·" * len(match[0]), text, flags=re.MULTILINE)
    return text.replace("\t", "→")


def fence(text: str, language: str = "jinja") -> str:
    """*text* in a code fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def cli_page(command: click.Command) -> str:
    """The help of *command* and of every command under it."""
    lines = ["# The command line", "", GENERATED]
    for path, text in helps(command, "promptc", None):
        lines += ["", f"## {path}", "", fence(text, "text")]
    return "\n".join(lines) + "\n"


def helps(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    """Yield the full name and the help of *command* and of those under it."""
    import click

    width = {"terminal_width": COLUMNS, "max_content_width": COLUMNS}
    context = click.Context(command, parent, name, **{**command.context_settings, **width})
    yield context.command_path, command.get_help(context).strip()
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            under = command.get_command(context, each)
            if under is not None and not under.hidden:
                yield from helps(under, each, context)


def stale(written: dict[Path, str]) -> list[str]:
    """Name the pages that differ from *written*, are missing, or belong to no pass."""
    old = [path for path, text in written.items() if not path.exists() or path.read_text() != text]
    orphans = set((DOCS / "passes").glob("*.md")) - written.keys()
    return sorted(str(path.relative_to(DOCS.parent)) for path in {*old, *orphans})


def main(arguments: list[str]) -> int:
    written = pages()
    found = stale(written)
    if arguments == ["--check"]:
        for name in found:
            print(f"{name}: stale; run python docs/generate.py")
        return 1 if found else 0
    for name in found:
        path = DOCS.parent / name
        if path in written:
            path.parent.mkdir(exist_ok=True)
            path.write_text(written[path])
        else:
            path.unlink()
        print(f"{name}: {'written' if path in written else 'deleted'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
