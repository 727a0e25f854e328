"""What a JSON Schema can spare without saying less."""

from __future__ import annotations

from collections.abc import Iterator

from promptc.analysis.mask import HOLE

_NAMED = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "contains", "if", "then", "else")
_DATA = ("default", "const", "enum", "example", "examples")


def spared(value: object) -> object:
    """*value* with every JSON Schema in it freed of ``$schema`` and of titles that are keys."""
    if not isinstance(value, tuple) or value[:1] not in (("object",), ("array",)):
        return value
    if is_schema(value):
        return _spared_schema(value, key="", root=True)
    if value[0] == "array":
        return ("array", *(spared(each) for each in value[1:]))
    kept = ((k, v if k in _DATA else spared(v)) for k, v in value[1:])
    return ("object", *kept)


def is_schema(value: object) -> bool:
    """Whether *value* describes objects: ``"type": "object"`` and a table of properties."""
    members = _members(value)
    named = [_members(v) for k, v in members if k == "properties"]
    if [v for k, v in members if k == "type"] != ["object"] or len(named) != 1:
        return False
    whole = next(v for k, v in members if k == "properties")
    return _is_object(whole) and all(_is_object(v) for _, v in named[0])


def _is_object(value: object) -> bool:
    return isinstance(value, tuple) and value[:1] == ("object",)


def _members(value: object) -> list[tuple[object, object]]:
    return list(value[1:]) if isinstance(value, tuple) and _is_object(value) else []


def _spared_schema(value: object, key: str, *, root: bool = False) -> object:
    if not _is_object(value):
        return value
    members = _members(value)
    once = {k for k, _ in members if sum(k == other for other, _ in members) == 1}
    return ("object", *_kept(members, key, once=once, root=root))


def _kept(
    members: list[tuple[object, object]], key: str, *, once: set[object], root: bool
) -> Iterator[tuple[object, object]]:
    for name, value in members:
        says_key = isinstance(value, str) and _letters(value) == _letters(key) != ""
        if name in once and ((name == "title" and says_key) or (name == "$schema" and root)):
            continue
        if name in _NAMED and _is_object(value):
            inner = (
                (k, _spared_schema(v, k if isinstance(k, str) else "")) for k, v in _members(value)
            )
            yield name, ("object", *inner)
        elif name in _SINGLE:
            yield name, _spared_schema(value, "")
        elif name in _LISTS and isinstance(value, tuple) and value[:1] == ("array",):
            yield name, ("array", *(_spared_schema(each, "") for each in value[1:]))
        else:
            yield name, value


def _letters(name: str) -> str:
    """Letters and digits of *name*, case folded; none where a hole says the rest."""
    if HOLE in name:
        return ""
    return "".join(filter(str.isalnum, name.casefold()))
