"""Where facts may begin: the pattern that a text is read with, and what a token by itself is."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from promptc.analysis.mask import HOLE
from promptc.results import FactKind

#: An amount in digits, a date or a time.
AMOUNT = r"(?:[$€£¥₹][ ]?|(?<![\w)\]])[+-])?\d(?:\d|[.,:/–-](?=\d)|T(?=\d\d:))*+"
_LETTER = r"[^\W\d_]"
_ROLES = "system|user|assistant|developer|function|tool|human|ai|model|bot"
# What typography writes otherwise.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ", "'"), **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("\u00a0\u2009\u202f", " "), "…": "...",
    }
)  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PATH = re.compile(
    r"(?:\.{1,2}|~)?/.*|.*\\.*|\w[\w-]*(?:/[\w.-]+){2,}/?|.*/.*[._\d].*|.*[._\d].*/.*"
)
_PROSE = re.compile(r"[A-Za-z]+(?:['’/-][A-Za-z]+)*")
_IN_COMPOUNDS = frozenset(
    ("a", "and", "as", "at", "by", "for", "from", "in", "into", "of", "off", "on", "or", "out")
    + ("per", "the", "to", "up", "with", "under", "over")
)


@lru_cache(maxsize=1)
def tokens() -> re.Pattern[str]:
    """The pattern of everything that may be a fact; its groups say what it looks like.

    Words in lower case come first, since most tokens are that and no fact.
    """
    return re.compile(
        rf"""
        ^[ \t>]*(?:[-*+][ ]+)?(?:\#{{1,6}}[ \t]*)?
            (?P<key>[a-z_][\w.-]*+|(?i:{_ROLES})(?!\w))(?=:(?:\s|\Z|{HOLE}))
      | (?P<word>[a-z][a-z]*+(?:['’][a-z]++)?)(?![\w@\\]|[./:=+-][\w/]|\(\)|/)[,;.:!?)]*+[ ]*+
      | (?P<title>[A-Z][a-z]++)(?![\w@\\'’]|[./:=+-][\w/]|\(\)|/|\+\+|\#)[ ]*+
      | (?P<code>^[ \t>]*```(?s:.*?)^[ \t>]*```+|^[ \t>]*~~~(?s:.*?)^[ \t>]*~~~+
            |```[^`\n]+```|``[^\n]+?``|`[^`\n]+`)
      | (?P<quote>"(?<!\w")(?=[^\s"])(?:[^"\n]|\n(?!\s*\n)){{1,400}}(?<=\S)"(?!\w)
            |“[^“”]{{1,400}}”|«[^«»]{{1,400}}»
            |'(?<!\w')(?=[^\s'])(?:[^'\n]|(?<=\w)'(?=\w)){{1,200}}(?<=\S)'(?!\w)
            |‘(?:[^‘’\n]|(?<=\w)’(?=\w)){{1,200}}’)
      | (?P<role><\|[^|<>\n]{{1,40}}\|>|<</?SYS>>|\[/?INST\])
      | (?P<tag><!--(?s:.{{0,500}}?)-->|</?[A-Za-z][^<>\n]{{0,200}}>)
      | (?P<hole>\{{\{{[^{{}}]*\}}\}}|\{{%(?s:.{{0,500}}?)%\}}|\$\{{\w+\}}|\{{[A-Za-z_][\w.]*\}}
            |%\(\w+\)[sd]|%[sd](?!\w))
      | (?P<url>(?:(?:https?|ftp|file|s3|gs|wss?)://|www\.|mailto:)
            [^\s<>"'`]*[^\s<>"'`.,;:!?)\]}}*])
      | (?P<number>{AMOUNT})
      | (?P<chunk>(?:--(?<!\w--)(?=[A-Za-z])|[$@](?=[A-Za-z_])|(?:\.{{1,2}}|~)?/(?=[\w.]))?
            \w(?:\w|['’](?={_LETTER})|[.:/\\@+=&?%~\#-]++(?=[\w/]))*+
            (?:\(\)|/(?!\w)|\+\+|\#(?![\w\#]))?)
      | (?P<mark>[❌✗✘✖🚫⛔✅✓✔])
        """,
        re.VERBOSE | re.MULTILINE,
    )


def kind_of(token: str, abbreviations: frozenset[str]) -> FactKind | None:
    """What a token with more than letters is; ``None`` where it is made of words."""
    if _EMAIL.fullmatch(token):
        return FactKind.EMAIL
    if "/" in token or "\\" in token:
        return FactKind.PATH if _PATH.fullmatch(token) else None
    if token.lower() in abbreviations:
        return None
    if _PROSE.fullmatch(token):
        parts = token.split("-")
        coded = len(parts) > 2 and token.islower() and not _IN_COMPOUNDS.intersection(parts)
        return FactKind.IDENTIFIER if coded and "'" not in token else None
    if token[0].isupper() and not re.search(r"[_.=:(]", token):
        return FactKind.NAME
    return FactKind.IDENTIFIER if re.search(r"[\d_.=:$@(+#-]", token) else None


def plain(text: str) -> str:
    """*text* with typewriter quotes, dashes and spaces."""
    return text if text.isascii() else text.translate(_PLAIN)


def code_key(text: str) -> str:
    """What code says: its lines without trailing space, JSON without its layout."""
    inner = text.strip("`~> \t\n")
    _, _, body = inner.partition("\n")
    if body.lstrip()[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(body))
        except (ValueError, RecursionError):
            pass
    return "\n".join(line.rstrip() for line in inner.split("\n"))
