"""What a prompt states that a shorter wording must not lose."""

from __future__ import annotations

import re
from collections import Counter
from typing import TypeAlias

from benchmarks.auditing.light import is_light

Facts: TypeAlias = Counter[tuple[str, str]]

_PATTERNS = {
    "number": r"\d+(?:[.,:/]\d+)*%?|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve"
    r"|hundred|thousand|million|dozen|half|twice|double)\b",
    "quote": r'"[^"\n]{1,200}"',
    "url": r"\b(?:https?|ftp)://[^\s<>\"|`]+",
    "e-mail": r"[\w.+-]+@[\w-]+\.[\w.]+\w",
    "identifier": r"\b\w+_\w+\b|\b[a-z]+[A-Z]\w*\b|\b\w+(?:\.\w+)*\(\)|(?<!\w)--?[a-z][\w-]+"
    r"|(?<![\w<])/[\w./-]+|[$@#]\w+|\b[\w-]+\.[a-z]{2,4}\b",
    "tag": r"</?[A-Za-z][^<>\n]*>",
    "heading": r"(?m)^[ \t]*#{1,6}[ \t].*$",
    "list item": r"(?m)^[ \t]*(?:[-*+•]|\d+[.)]|[a-z][.)])(?=[ \t])",
    "role marker": r"(?mi)^[ \t]*(?:#{1,3}[ \t]*)?(?:system|user|assistant|developer|tool)[ \t]*:",
    "shouted": r"\b[A-Z]{2,}\b",
}
#: Negations, modals and limits: every form counts as its class.
_FORCE = {
    "not": r"not|cannot|\w+n't",
    "never": r"never|at no (?:time|point)|under no circumstances?",
    "no": r"no|none|nothing|nobody|nowhere|neither|nor|without",
    "avoid": r"avoid\w*|refrain\w* from|forbid\w*|prohibit\w*",
    "must": r"must|shall|(?:is|are|be) (?:required|obliged) to|has to|have to|required?|mandatory",
    "should": r"should|ought to|recommended",
    "may": r"may|might|optional\w*|allowed|permitted",
    "only": r"only|solely|exclusively|nothing but",
    "except": r"except|unless|excluding|other than",
    "always": r"always|at all times",
    "at most": r"at most|up to|no more than|not more than|maximum|max|fewer than|less than",
    "at least": r"at least|no (?:less|fewer) than|not less than|minimum|min|more than",
    "exactly": r"exactly|precisely|strictly|verbatim|word for word",
    "instead": r"instead|rather|as opposed to",
    "can": r"can|could|(?:able|in a position) to|capable of|(?:ability|capacity|capability) to",
}
_READ = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_CLASSES = {
    name: re.compile(rf"(?<![\w'])(?:{forms})(?![\w'])", re.I) for name, forms in _FORCE.items()
}
#: Openings in which a modal announces and orders nothing, and phrases that are no limit.
_EMPTY = re.compile(
    r"\bit (?:should|must|may) be (?:noted|mentioned|remembered|pointed out|emphasized|stressed)\b"
    r"|\bbut rather\b|\bup (?:until|till|to date)\b|\bneedless\b"
    r"|\b(?:and|or) not limited to\b",
    re.I,
)
_CAPITAL = re.compile(r"(?<=[\w,;)] )[A-Z][a-z][\w-]*")
_WORD = re.compile(r"\w[\w-]*")
_KEY = re.compile(r"(?m)^[ \t>*-]*([\w-]+(?: [\w-]+){0,2}):(?=\s|$)")


def facts(text: str) -> Facts:
    """Every fact of *text*, and how often it is stated."""
    found: Facts = Counter()
    for kind, pattern in _READ.items():
        found.update((kind, " ".join(match.split()).lower()) for match in pattern.findall(text))
    for match in _KEY.findall(text):
        parts = match.lower().split()
        # "Use the following:" announces; a key names.
        if len(parts) == 1 or not any(map(is_light, parts)):
            found["key", " ".join(parts)] += 1
    plain = _EMPTY.sub("", text)
    for name, pattern in _CLASSES.items():
        found["force", name] += len(pattern.findall(plain))
    return found


def names(text: str) -> set[str]:
    """Words with a capital where no sentence starts."""
    return set(_CAPITAL.findall(text))


def words(text: str) -> Counter[str]:
    """The words of *text* as they are written."""
    return Counter(_WORD.findall(text))
