"""Write the pages that come from code: one per pass and per rule, and one for the command line.

python docs/generate.py            write docs/passes/*.md, docs/rules/*.md and docs/cli.md
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

    from promptc.inspection import Rule
    from promptc.protocols import Pass
    from tests.fixtures import Case
    from tests.rules.cases import Case as RuleCase

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
    return found | rule_pages()


def rule_pages() -> dict[Path, str]:
    """The page of every rule of `promptc check`, and their list."""
    from promptc.rules import RULES
    from tests.rules.cases import cases

    found = {DOCS / "rules" / "README.md": rule_index(RULES)}
    for each in RULES:
        example = next(cases(each.code), None)
        found[DOCS / "rules" / f"{each.code}.md"] = rule_page(each, example)
    return found


def rule_index(rules: tuple[type[Rule], ...]) -> str:
    """The list of rules, by code."""
    from promptc.manual import manual

    lines = ["# Rules", "", GENERATED, "", "What `promptc check` reports, by code.", ""]
    lines += ["| code | rule | fails the check | fixed by | |", "| --- | --- | --- | --- | --- |"]
    for each in rules:
        first = manual(each).what.splitlines()[0]
        fails, fixed = (
            ("yes" if each.error else "warns"),
            f"`{each.fixed_by}`" * bool(each.fixed_by),
        )
        lines.append(
            f"| [{each.code}]({each.code}.md) | {each.name} | {fails} | {fixed} | {first} |"
        )
    return "\n".join(lines) + "\n"


def rule_page(each: type[Rule], example: RuleCase | None) -> str:
    """The page of one rule: its manual, its options, and its first fixture case."""
    from promptc.manual import manual
    from promptc.report.explain import options

    told = manual(each)
    fails = "it fails the check" if each.error else "it warns, and the check passes"
    lines = [f"# {each.code}: {each.name}", "", GENERATED, "", told.what, ""]
    lines += [f"By default {fails}; `error` and `warn` of `[check]` say otherwise."]
    for title, text in (("Why", told.why), ("The fix", told.fix), ("When to leave it", told.leave)):
        lines += ["", f"## {title}", "", text]
    found = options(each)
    if found:
        lines += ["", "## Options", ""]
        lines += [f"- `{o.name} = {o.default}`: {' '.join(o.about.split())}" for o in found]
        setting = f"[check.rules]\n{each.code} = {{{found[0].name} = {found[0].default}}}"
        lines += ["", fence(setting, "toml")]
    if example is not None:
        lines += ["", "## Example", "", *_rule_example(example)]
    return "\n".join(lines) + "\n"


def _rule_example(case: RuleCase) -> Iterator[str]:
    yield f"A case that the tests hold: it {case.title}."
    shown = {"promptc.toml": (case.config, "toml"), "ask.j2.toml": (case.sidecar, "toml")}
    shown |= {name: (text, "jinja") for name, text in case.files.items()}
    shown |= {"ask.j2": (case.shown, "jinja")}
    for name, (text, language) in shown.items():
        if text.strip():
            yield from ["", f"`{name}`:", "", fence(visible(text), language)]
    if case.past:
        costs = ", ".join(f"`{name}` had {tokens} tokens" for name, tokens in case.past.items())
        yield from ["", f"At `HEAD` {costs}."]
    lines = [f"ask.j2:{each.replace(' ', f' {case.code} ', 1)}" for each in case.found]
    yield from ["", "Found:", "", fence("\n".join(lines), "")]


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
    made = {each for folder in ("passes", "rules") for each in (DOCS / folder).glob("*.md")}
    orphans = made - written.keys()
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
