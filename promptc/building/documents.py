"""The documents that a build moved out of its templates, and the indexes that answer from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from promptc.building.earlier import Earlier
from promptc.building.jobs import Result
from promptc.building.lock import Lock
from promptc.errors import PromptcError
from promptc.outlining import shelf
from promptc.outlining.shelf import FOLDER, Recipe
from promptc.paths import display
from promptc.results import Failure

if TYPE_CHECKING:
    from promptc.building.contents import Made


class Stored(NamedTuple):
    """The files of all indexes, by path in a generation; *anew*: one was made or repaired."""

    parts: Mapping[str, bytes]
    anew: bool


def clashing(results: Iterable[Result]) -> Iterator[Failure]:
    """Refuse each template that moves a text under the name of another one's."""
    first: dict[str, tuple[str, str]] = {}
    for result in results:
        name = result.found.name
        for each in result.compiled.outlines:
            if not each.moved:
                continue
            text, other = first.setdefault(each.name, (each.text, name))
            if text != each.text:
                yield Failure(
                    name,
                    f"{name}: document {each.name!r} is another text than in {other}; give one of "
                    "the two another name",
                )


def indexes(lock: Lock) -> dict[str, str]:
    """For each document that a template of *lock* retrieves the hash of its index, by its name.

    Raises `PromptcError` where two templates mean different texts by one name.
    """
    found: dict[str, tuple[str, str]] = {}
    for template, entry in sorted(lock.files.items()):
        for name, digest in entry.documents.items():
            known, other = found.setdefault(name, (digest, template))
            if known != digest:
                raise PromptcError(
                    f"{template}: its document {name!r} is not the one that {other} retrieves; "
                    "build the whole folder, so that both have the same"
                )
    return {name: digest for name, (digest, _) in sorted(found.items())}


def stored(made: Made, earlier: Earlier, wanted: Mapping[str, str]) -> Stored:
    """The files of the indexes *wanted*, taken from the last build where it has them.

    Raises `PromptcError` where an index is gone whose template is not built now.
    """
    recipes = _recipes(made)
    parts: dict[str, bytes] = {}
    anew = False
    for name, digest in wanted.items():
        home = earlier.shelf.home
        found = shelf.read(home / FOLDER / digest) if home else {}
        if not found:
            anew = True
            if digest not in recipes:
                raise PromptcError(
                    f"{display(earlier.out)}: the index of {name!r} is gone or damaged, and its "
                    "template is not among those built; build its whole folder"
                )
            found = shelf.files(made.settings.shelf.index(recipes[digest]))
        parts |= {f"{FOLDER}/{digest}/{path}": data for path, data in found.items()}
    return Stored(parts, anew)


def _recipes(made: Made) -> dict[str, Recipe]:
    """How each index of this build is made, by its hash."""
    tokenizer = made.settings.tokenizer
    outlines = (each for result in made.results for each in result.compiled.outlines)
    recipes = (Recipe(x.name, x.text, tokenizer, x.embedder) for x in outlines if x.moved)
    return {recipe.hash: recipe for recipe in recipes}
