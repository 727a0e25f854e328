"""IR to bytes, and the map back."""

from __future__ import annotations

from typing import NamedTuple

from promptc.ir import Template
from promptc.source import Mapping


class Emitted(NamedTuple):
    """A template as a file: *data* has the line ends and byte-order mark of the source."""

    data: bytes
    text: str
    source_map: tuple[Mapping, ...]


def emit(template: Template) -> Emitted:
    """Print *template*, mapping every run of output to its origin."""
    data = template.source.restore(template.text, template.origins)
    return Emitted(data, template.text, template.origins)
