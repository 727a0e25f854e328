"""One code for each pass that saves tokens: what `promptc check` could save and did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from promptc.inspection import Item, Project, Saving, Verdict


@dataclass(frozen=True)
class Savings:
    """Tokens that a pass would save.

    Why: Every call pays for these tokens, and no reader of the prompt would miss them.

    Fix: `promptc check --fix` writes what changes no word, `--unsafe-fixes` also what says the same
    in fewer words. Or leave the source as it is and ship what `promptc build` makes of it; then
    ignore PC2 in the configuration.

    Leave it: Where people read the source more often than models do, and the savings are small:
    raise `least`. Text between `{# promptc: off #}` and `{# promptc: on #}` is left alone.
    """

    code: ClassVar[str] = ""
    name: ClassVar[str] = ""
    error: ClassVar[bool] = False
    fixed_by: ClassVar[str] = "--fix"

    least: int = 20
    """Fewer tokens are not reported."""

    fail: int = 0
    """More tokens than this fail the check; 0: they never do."""

    def judge(self, project: Project) -> Iterator[Verdict]:
        for item in project.items:
            for saving in item.record.savings:
                if saving.pass_name == self.name and saving.tokens >= max(self.least, 1):
                    yield self._verdict(project, item, saving)

    def _verdict(self, project: Project, item: Item, saving: Saving) -> Verdict:
        at = (saving.line, saving.column)
        message = _said(project, item, saving)
        fails = bool(self.fail) and saving.tokens > self.fail
        return Verdict(item, message, at=at, error=fails)


def _said(project: Project, item: Item, saving: Saving) -> str:
    static, guess = item.record.static, "" if item.record.exact else "~"
    share = f" ({saving.tokens / static:.1%} of the template)" if static else ""
    worth = project.dollars(saving.tokens * 1000)
    money = f", ${worth:,.2f} per 1,000 calls" if worth is not None and worth >= 0.01 else ""
    edits = "1 edit" if saving.edits == 1 else f"{saving.edits:,} edits"
    return f"{saving.pass_name} saves {guess}{saving.tokens:,} tokens{share}{money}, in {edits}"


@dataclass(frozen=True)
class CollapseSpaces(Savings):
    """Runs of spaces between words."""

    code: ClassVar[str] = "PC201"
    name: ClassVar[str] = "collapse-spaces"


@dataclass(frozen=True)
class TrimLineEnds(Savings):
    """Spaces and tabs at the ends of lines."""

    code: ClassVar[str] = "PC202"
    name: ClassVar[str] = "trim-line-ends"


@dataclass(frozen=True)
class CollapseBlankLines(Savings):
    """Several blank lines where one does."""

    code: ClassVar[str] = "PC203"
    name: ClassVar[str] = "collapse-blank-lines"


@dataclass(frozen=True)
class DedentText(Savings):
    """An indent that all lines of the template share."""

    code: ClassVar[str] = "PC204"
    name: ClassVar[str] = "dedent-text"


@dataclass(frozen=True)
class MinifyJson(Savings):
    """JSON with a layout that no parser needs, and no model."""

    code: ClassVar[str] = "PC205"
    name: ClassVar[str] = "minify-json"


@dataclass(frozen=True)
class MinifySchema(Savings):
    """Members of a JSON schema that say nothing, such as a title equal to its key."""

    code: ClassVar[str] = "PC206"
    name: ClassVar[str] = "minify-schema"


@dataclass(frozen=True)
class CompactTables(Savings):
    """Tables that are padded so that their columns line up."""

    code: ClassVar[str] = "PC207"
    name: ClassVar[str] = "compact-tables"


@dataclass(frozen=True)
class _Reworded(Savings):
    fixed_by: ClassVar[str] = "--unsafe-fixes"


@dataclass(frozen=True)
class NormalizeCharacters(_Reworded):
    """Characters that have a plain twin which takes fewer tokens.

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC211"
    name: ClassVar[str] = "normalize-characters"


@dataclass(frozen=True)
class PlainMarkdown(_Reworded):
    """Emphasis and decoration that a model reads as nothing.

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC212"
    name: ClassVar[str] = "plain-markdown"


@dataclass(frozen=True)
class DedupeSentences(_Reworded):
    """Sentences that repeat an earlier one.

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC213"
    name: ClassVar[str] = "dedupe-sentences"


@dataclass(frozen=True)
class ShortenPhrases(_Reworded):
    """Phrases that a shorter one says as well.

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC214"
    name: ClassVar[str] = "shorten-phrases"


@dataclass(frozen=True)
class TrimFiller(_Reworded):
    """Words that add nothing, such as "please note that".

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC215"
    name: ClassVar[str] = "trim-filler"


@dataclass(frozen=True)
class UnwrapLines(_Reworded):
    """Paragraphs that an editor filled with line ends.

    Judged at `-O2` only.
    """

    code: ClassVar[str] = "PC216"
    name: ClassVar[str] = "unwrap-lines"


SAVINGS: tuple[type[Savings], ...] = (
    CollapseSpaces,
    TrimLineEnds,
    CollapseBlankLines,
    DedentText,
    MinifyJson,
    MinifySchema,
    CompactTables,
    NormalizeCharacters,
    PlainMarkdown,
    DedupeSentences,
    ShortenPhrases,
    TrimFiller,
    UnwrapLines,
)
