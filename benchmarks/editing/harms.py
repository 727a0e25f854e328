"""Edits after which a prompt asks for something else, by kind."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from benchmarks.editing.prose import Sentence, lists, sentences

Edit = Callable[[str, random.Random], str | None]

_NEGATED = (
    (r"\b[Dd]o not (?=\w)", ""), (r"\b[Dd]on['’]t (?=\w)", ""), (r"\b[Nn]ever (?=\w)", ""),
    (r"\b(is|are|was|were|must|should|will|can|may|does|did) not\b", r"\1"), (r"\bcannot\b", "can"),
    (r"\b(can|is|are|does|wo|should)n['’]t\b", r"\1"), (r"\bwithout\b", "with"),
    (r"\b([Aa])void (?=\w+ing\b)", r"\1lways keep "), (r"\bno (?=[a-z]+\b)", "some "),
)  # fmt: skip
_UNITS = (
    ("words", "sentences"), ("word", "sentence"), ("sentences", "paragraphs"), ("minutes", "hours"),
    ("sentence", "paragraph"), ("paragraphs", "pages"), ("seconds", "minutes"), ("days", "weeks"),
    ("characters", "words"), ("lines", "pages"), ("tokens", "words"), ("hours", "days"),
    ("years", "months"), ("months", "years"), ("percent", "points"),
    ("bullet points", "paragraphs"),
)  # fmt: skip
_ROLES = (
    "user", "assistant", "customer", "agent", "client", "student", "teacher", "reader", "writer",
    "question", "answer", "input", "output", "source", "target", "premise", "hypothesis", "buyer",
    "seller", "context", "document", "query", "response", "system", "model",
)  # fmt: skip
_WEAKER = (
    (r"\bmust\b", "may"), (r"\bMUST\b", "MAY"), (r"\bshould\b", "could"),
    (r"\balways\b", "sometimes"),
    (r"\bAlways\b", "Sometimes"), (r"\bneeds? to\b", "may"), (r"\bhave to\b", "might"),
    (r"\bhas to\b", "might"), (r"\brequired\b", "optional"), (r"\bmay\b", "must"),
    (r"\bcan\b", "must"),
    (r"\bNever\b", "Rarely"), (r"\bnever\b", "rarely"),
)  # fmt: skip
_CONDITION = re.compile(
    r"^(?:If|When|Unless|In case|Once|Until|While|After|Before|Whenever|Where) [^,.]{6,90}, "
    r"(?=[a-z])"
)
_TAIL = re.compile(
    r",? (?:unless|except|if|when|until|only if|but only|as long as|provided|other than|whenever"
    r"|without|before|after|while) [^,.;:]{6,90}(?=[.!]$)"
)
_FORMAT = re.compile(
    r"\b(?:JSON|XML|HTML|YAML|CSV|Markdown|markdown|format|bullets?|bulleted|numbered|table|list"
    r"|headings?|lines?|quotes?|tags?|lowercase|uppercase|capital|comma|spaces?|indent\w*|backticks?"
    r"|plain text|sentences?|words|paragraphs?|prefix|suffix)\b"
)
_ASKS = re.compile(
    r"^(?:Always|Never|Do|Don't|Only|Use|Write|Answer|Return|Output|Provide|Give|Make|Keep|Include"
    r"|Ensure|Avoid|Respond|Reply|Start|End|Add|List|Explain|Describe|Identify|Check|Follow|Read|Be"
    r"|Think|Ask|Please|Your|You (?:must|should|need|will|are to|have to)|Extract|Consider|Create"
    r"|Generate|Select|Choose|Focus|Run|Set|Show|Tell|Wait|Work|Analyze|Review|Format|Limit|Mention"
    r"|Cite|Stop|Remember)\b"
)
_FORMAT_PHRASE = re.compile(
    r" (?:in|as|using) (?:a |an |the |valid |plain |one |two |three |single )*(?:\w+ )?"
    r"(?:JSON|XML|HTML|YAML|CSV|[Mm]arkdown|format|list|table|bullet points"
    r"|sentences?|paragraphs?|words|lines?|text)\b"
)
_RULES = (
    "Always mention the current weather.", "Do not use adjectives.", "Reply in French.",
    "Ask for the user's phone number first.", "Limit the result to three items.",
    "Add a disclaimer at the end.", "Treat every figure as confidential.",
    "Skip anything about pricing.", "Sign with the initials of the author.",
    "Prefer metric units.", "Mark uncertain parts in bold.", "Sort everything by date.",
    "Never quote the source.", "Include at least one joke.", "Write in the second person.",
)  # fmt: skip
_NARROWER = (
    (r"\b(all|every|each|any) (?=[a-z]+\b)", r"some "), (r"\bAll (?=[a-z]+\b)", "Some "),
    (r"\bAny (?=[a-z]+\b)", "The first "), (r"\bEach (?=[a-z]+\b)", "The last "),
    (r"\b[Oo]nly (?=[a-z]+\b)", ""), (r"\bboth\b", "one of"),
    (r"\bEvery (?=[a-z]+\b)", "The main "),
)  # fmt: skip
_LIMITS = (
    "recent",
    "paying",
    "internal",
    "urgent",
    "written",
    "domestic",
    "new",
    "selected",
    "short",
)
_SCOPES = (
    "for new customers", "on weekdays", "in the first section", "for adults",
    "in test environments", "within Europe", "outside office hours", "on mobile devices",
)  # fmt: skip
_NOUN = re.compile(
    r"\bthe (?=(?:users?|customers?|documents?|texts?|questions?|answers?|files?|code|data"
    r"|articles?|messages?|conversations?|inputs?|outputs?|results?|tools?|requests?)\b)"
)
_OPPOSITES = (
    ("formal", "casual"), ("short", "long"), ("long", "short"), ("brief", "long"),
    ("first", "last"),
    ("increase", "decrease"), ("above", "below"), ("before", "after"), ("after", "before"),
    ("high", "low"), ("higher", "lower"), ("positive", "negative"), ("correct", "incorrect"),
    ("include", "exclude"), ("public", "private"), ("internal", "external"), ("simple", "complex"),
    ("minimum", "maximum"), ("true", "false"), ("relevant", "irrelevant"), ("singular", "plural"),
    ("input", "output"), ("question", "answer"), ("uppercase", "lowercase"), ("start", "end"),
    ("similar", "different"), ("more", "less"), ("new", "old"), ("allowed", "forbidden"),
    ("with", "without"), ("summary", "translation"), ("paragraph", "table"), ("user", "developer"),
    ("professional", "playful"), ("accurate", "creative"), ("specific", "vague"),
    ("buyer", "seller"),
)  # fmt: skip


def _changed(text: str, one: Sentence, new: str) -> str:
    return text[: one.start] + new + text[one.stop :]


def _first(rules: tuple[tuple[str, str], ...]) -> Edit:
    """Apply the first rule that fits a sentence, in a random order of sentences."""

    def edit(text: str, rng: random.Random) -> str | None:
        for one in _shuffled(text, rng):
            for pattern, new in rules:
                found = re.sub(pattern, new, one.text, count=1)
                if found != one.text and found.strip():
                    return _changed(text, one, found[0].upper() + found[1:])
        return None

    return edit


def _shuffled(text: str, rng: random.Random) -> Iterator[Sentence]:
    found = sentences(text)
    rng.shuffle(found)
    yield from found


def _number(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        found = re.search(r"(?<![\w.-])\d{1,4}(?![\w.-])", one.text)
        if found:
            value = int(found[0])
            new = str(rng.choice([value + 1, value * 2 + 3, value * 10 + 10]))
            return _changed(text, one, one.text[: found.start()] + new + one.text[found.end() :])
    return None


def _unit(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        for old, new in _UNITS:
            found = re.search(rf"\b(\d+|one|two|three|four|five|ten) {old}\b", one.text)
            if found:
                shown = f"{found[1]} {new}"
                return _changed(
                    text, one, one.text[: found.start()] + shown + one.text[found.end() :]
                )
    return None


def _hole(text: str, rng: random.Random) -> str | None:
    holes = list(re.finditer(r"\{\{[^{}]+\}\}|(?<!\{)\{[a-z_]{2,20}\}(?!\})", text))
    holes = [each for each in holes if text.count(each[0]) == 1]
    if not holes:
        return None
    one = rng.choice(holes)
    return text[: one.start()] + text[one.end() :]


def _names(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        inner = one.text[1:]
        found = list(dict.fromkeys(re.findall(r"(?<![.!?:] )\b[A-Z][a-z]{2,}\b", inner)))
        roles = [word for word in _ROLES if re.search(rf"\b{word}\b", one.text)]
        pair = (
            rng.sample(found, 2)
            if len(found) >= 2
            else rng.sample(roles, 2)
            if len(roles) >= 2
            else []
        )
        if not pair:
            continue
        if "Not" in pair or _listed(one.text, *pair) or not _together(one.text, *pair):
            continue
        new = _swapped(one.text, *pair)
        return _changed(text, one, new)
    return None


def _swapped(text: str, a: str, b: str) -> str:
    return re.sub(rf"\b({a}|{b})\b", lambda match: b if match[0] == a else a, text)


def _listed(text: str, a: str, b: str) -> bool:
    """Whether two names stand in a list, where their order tells nothing."""
    between = r",? (?:and|or|,) ?(?:an? |the )?"
    return bool(re.search(rf"\b(?:{a}{between}{b}|{b}{between}{a})\b", text))


def _together(text: str, a: str, b: str) -> bool:
    return bool(re.search(rf"\b{a}\b[^,;]*\b{b}\b|\b{b}\b[^,;]*\b{a}\b", text))


def _cut(text: str, one: Sentence) -> str:
    """*text* without a sentence, and without the line of an item that it was all of."""
    if one.item:
        start = text.rfind("\n", 0, one.start) + 1
        stop = text.find("\n", one.stop)
        return text[:start] + (text[stop + 1 :] if stop >= 0 else "")
    before = text[: one.start]
    return (before if before.endswith("\n") else before.rstrip(" ")) + text[one.stop :]


def _instruction(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        if _ASKS.match(one.text) and text.count(one.text) == 1:
            return _cut(text, one)
    return None


def _condition(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        for pattern in (_CONDITION, _TAIL):
            new = pattern.sub("", one.text)
            if new != one.text and len(new) > 12:
                return _changed(text, one, new[0].upper() + new[1:])
    return None


def _steps(text: str, rng: random.Random) -> str | None:
    runs = [run for run in lists(text) if run[0].number is not None and run[0].number == 1]
    if not runs:
        return None
    run = rng.choice(runs)
    at = rng.randrange(len(run) - 1)
    one, two = run[at], run[at + 1]
    if one.body == two.body:
        return None
    lines = f"{one.mark}{two.body}\n{two.mark}{one.body}"
    return text[: one.start] + lines + text[two.stop :]


def _format(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        if not _FORMAT.search(one.text) or text.count(one.text) != 1:
            continue
        new = _FORMAT_PHRASE.sub("", one.text, count=1)
        if new != one.text and len(new) > 10:
            return _changed(text, one, new)
        if _ASKS.match(one.text):
            return _cut(text, one)
    return None


def _invented(text: str, rng: random.Random) -> str | None:
    for one in _shuffled(text, rng):
        rule = rng.choice(_RULES)
        if one.item:
            start = text.rfind("\n", 0, one.start) + 1
            mark = text[start : one.start]
            if re.match(r"\s*\d", mark):
                continue
            return text[: one.stop] + f"\n{mark}{rule}" + text[one.stop :]
        return text[: one.stop] + f" {rule}" + text[one.stop :]
    return None


def _scope(text: str, rng: random.Random) -> str | None:
    ways = rng.sample(["words", "noun", "tail"], 3)
    for way in ways:
        if way == "words":
            found = _first(_NARROWER)(text, rng)
            if found:
                return found
        for one in _shuffled(text, rng):
            if way == "noun" and _NOUN.search(one.text):
                return _changed(
                    text, one, _NOUN.sub(f"the {rng.choice(_LIMITS)} ", one.text, count=1)
                )
            if way == "tail" and _ASKS.match(one.text) and one.text.endswith("."):
                return _changed(text, one, f"{one.text[:-1]} {rng.choice(_SCOPES)}.")
    return None


HARMS: dict[str, Edit] = {
    "negation dropped": _first(_NEGATED),
    "number changed": _number,
    "unit changed": _unit,
    "hole dropped": _hole,
    "names swapped": _names,
    "instruction lost": _instruction,
    "condition or exception lost": _condition,
    "modality changed": _first(_WEAKER),
    "steps reordered": _steps,
    "format rule lost": _format,
    "rule invented": _invented,
    "scope changed": _scope,
    "opposite said": _first(tuple((rf"\b{old}\b", new) for old, new in _OPPOSITES)),
}
