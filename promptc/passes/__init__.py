"""The passes, in the order they run, and the level each one starts at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from promptc.analysis.outlines import is_document
from promptc.errors import ConfigError, nearest
from promptc.passes.collapse_blank_lines import CollapseBlankLines
from promptc.passes.collapse_spaces import CollapseSpaces
from promptc.passes.compact_tables import CompactTables
from promptc.passes.dedent_text import DedentText
from promptc.passes.dedupe_sentences import DedupeSentences
from promptc.passes.defer_context import DeferContext
from promptc.passes.drop_articles import DropArticles
from promptc.passes.drop_dead_branches import DropDeadBranches
from promptc.passes.fold_constants import FoldConstants
from promptc.passes.hoist_static import HoistStatic
from promptc.passes.inline_includes import InlineIncludes
from promptc.passes.minify_json import MinifyJson
from promptc.passes.minify_schema import MinifySchema
from promptc.passes.normalize_characters import NormalizeCharacters
from promptc.passes.outline_docs import OutlineDocs
from promptc.passes.plain_markdown import PlainMarkdown
from promptc.passes.prune_context import PruneContext
from promptc.passes.prune_examples import PruneExamples
from promptc.passes.shorten_phrases import ShortenPhrases
from promptc.passes.trim_filler import TrimFiller
from promptc.passes.trim_line_ends import TrimLineEnds
from promptc.passes.unwrap_lines import UnwrapLines
from promptc.protocols import Pass

PASSES: tuple[type[Pass], ...] = (
    # First bring in what stands in other files, so that every later pass sees it.
    InlineIncludes,
    # A folded constant can decide a branch; a dropped branch never makes a constant.
    FoldConstants,
    DropDeadBranches,
    # What may be read first is settled before anything in it is shortened.
    HoistStatic,
    # What goes into an index is the document as its author wrote it.
    OutlineDocs,
    # Before any rewording: a rate refers to the text as its author wrote it, and what was pruned
    # stands word for word from then on.
    PruneContext,
    # The tags come once text has moved: what stands in a filter is shortened by all that follow.
    DeferContext,
    # Whole examples go before anyone works on their spelling.
    PruneExamples,
    # Plain characters and bare words first: copies and phrases are found in them.
    NormalizeCharacters,
    PlainMarkdown,
    DedupeSentences,
    # Phrases before filler: a long phrase may hold a word that is filler elsewhere.
    ShortenPhrases,
    TrimFiller,
    # Members go before the layout that held them.
    MinifySchema,
    MinifyJson,
    CompactTables,
    # Spaces inside lines, then at their ends, then the lines that this left empty.
    CollapseSpaces,
    TrimLineEnds,
    CollapseBlankLines,
    # Indents count from the line ends that are left.
    DedentText,
    UnwrapLines,
    # Articles last: every other rule was written for sentences that have them.
    DropArticles,
)

#: The lowest level at which a pass runs; a pass that is not here runs only when it is asked for.
LEVELS: dict[str, int] = {
    FoldConstants.name: 1,
    DropDeadBranches.name: 1,
    MinifySchema.name: 1,
    MinifyJson.name: 1,
    CompactTables.name: 1,
    CollapseSpaces.name: 1,
    TrimLineEnds.name: 1,
    CollapseBlankLines.name: 1,
    ShortenPhrases.name: 2,
    TrimFiller.name: 2,
    DedentText.name: 1,
    NormalizeCharacters.name: 2,
    PlainMarkdown.name: 2,
    DedupeSentences.name: 2,
    UnwrapLines.name: 2,
    HoistStatic.name: 3,
    OutlineDocs.name: 3,
    PruneContext.name: 3,
    DeferContext.name: 3,
    PruneExamples.name: 3,
    DropArticles.name: 3,
}

#: Passes that drop or move what a template says: each does nothing unless the template grants it,
#: in its sidecar or, where a region is shortened, by the pragma around that region.
GRANTS: frozenset[str] = frozenset(
    {
        DeferContext.name,
        DropArticles.name,
        HoistStatic.name,
        OutlineDocs.name,
        PruneContext.name,
        PruneExamples.name,
    }
)

BY_NAME: dict[str, type[Pass]] = {each.name: each for each in PASSES}


def find(name: str) -> type[Pass]:
    """The pass called *name*; raise `ConfigError` with the nearest names where there is none."""
    if name not in BY_NAME:
        raise ConfigError(f"unknown pass {name!r}; {nearest(name, BY_NAME)}")
    return BY_NAME[name]


def granted(names: Iterable[str]) -> frozenset[str]:
    """*names* as a grant; raise `ConfigError` for one that needs none.

    A grant names passes that need leave, and files that may be moved as documents.
    """
    for name in names:
        if is_document(name):
            continue
        if name in BY_NAME and name not in GRANTS:
            raise ConfigError(f"{name!r} needs no grant; remove it")
        if name not in GRANTS:
            raise ConfigError(f"unknown grant {name!r}; {nearest(name, GRANTS)}")
    return frozenset(names)


def level(name: str) -> int | None:
    """The lowest level that runs pass *name*; ``None`` where it runs only on request."""
    return LEVELS.get(name)


def make(each: type[Pass], options: Mapping[str, Any]) -> Pass:
    """The pass *each* with *options*; raise `ConfigError` for a name or value it doesn't have."""
    known = {field.name for field in fields(each)}  # type: ignore[arg-type]
    hints = get_type_hints(each)
    for name, value in options.items():
        if name not in known:
            choice = nearest(name, known) if known else "it has none"
            raise ConfigError(f"pass {each.name!r} has no option {name!r}; {choice}")
        wanted = _wanted(hints[name], value)
        if wanted:
            raise ConfigError(f"pass {each.name!r}: {name!r} must be {wanted}, not {value!r}")
    return each(**options)


def _wanted(hint: Any, value: object) -> str:
    """What *value* should be instead; empty where it is right."""
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return "" if value in choices else f"one of {', '.join(map(repr, choices))}"
    if hint is int:
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return "" if whole else "a whole number from 0 up"
    if hint is float:
        share = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
        return "" if share else "a number above 0 and at most 1"
    return "" if isinstance(value, hint) else {bool: "true or false"}.get(hint, hint.__name__)
