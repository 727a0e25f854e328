"""Where text came from: sources, spans, positions, and the way back from a rewrite."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from promptc.errors import TemplateError

MAX_BYTES = 10_000_000
_BOM = b"\xef\xbb\xbf"


class Span(NamedTuple):
    """A half-open range of characters."""

    start: int
    stop: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character; an empty span counts as the point it stands on.

        >>> Span(0, 2).overlaps(Span(2, 4)), Span(3, 3).overlaps(Span(2, 4))
        (False, True)
        """
        return self.start < other.stop and other.start < self.stop

    def covers(self, other: Span) -> bool:
        """Whether *other* lies inside this span."""
        return self.start <= other.start and other.stop <= self.stop

    def stripped(self, text: str) -> Span:
        """This span of *text* without the white space at its ends; empty at its end if all is.

        >>> Span(1, 6).stripped("a  b  c"), Span(1, 3).stripped("a  b")
        (Span(start=3, stop=4), Span(start=3, stop=3))
        """
        shown = text[self.start : self.stop]
        start = self.start + len(shown) - len(shown.lstrip())
        return Span(start, max(start, self.start + len(shown.rstrip())))


class Note(NamedTuple):
    """Something worth telling the user about one place in a source."""

    span: Span
    text: str


class Mapping(NamedTuple):
    """One run of text and the source it came from; ``origin=None`` means promptc wrote it."""

    output: Span
    origin: Span | None
    verbatim: bool
    source: str


@dataclass(frozen=True)
class Source:
    """A template file in memory: `raw` as it was decoded, `text` with ``\\n`` line ends.

    Jinja reads ``\\r\\n`` and ``\\r`` as ``\\n``, so everything works on `text`; `restore` gives
    every surviving line the end that it had.
    """

    raw: str
    name: str = "<string>"
    bom: bool = False

    @classmethod
    def decode(cls, data: bytes, name: str) -> Source:
        """Read UTF-8 *data*; raise `TemplateError` for what is too large, binary or not UTF-8."""
        if len(data) > MAX_BYTES:
            size, most = len(data) / 1e6, MAX_BYTES // 1_000_000
            raise TemplateError(
                f"{name}: {size:.0f} MB is more than the {most} MB that a template may have; "
                "move the inlined documents out, or leave the file out with 'exclude'"
            )
        bom = data.startswith(_BOM)
        data = data.removeprefix(_BOM)
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise TemplateError(_not_utf8(data, name, error)) from None
        if "\0" in text:
            read = cls(text, name)
            where = read.locate(read.text.index("\0"))
            raise TemplateError(
                f"{where}: this looks like a binary file (a NUL character); "
                "leave it out with 'exclude'"
            )
        return cls(text, name, bom)

    @cached_property
    def text(self) -> str:
        """The text as Jinja reads it, every line ended by ``\\n``."""
        if "\r" not in self.raw:
            return self.raw
        return self.raw.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def data(self) -> bytes:
        """The bytes that it was decoded from."""
        return (_BOM if self.bom else b"") + self.raw.encode()

    @cached_property
    def newline(self) -> str:
        """The line end that most lines have; new lines get it too."""
        crlf = self.raw.count("\r\n")
        cr, lf = self.raw.count("\r") - crlf, self.raw.count("\n") - crlf
        return max(("\n", lf), ("\r\n", crlf), ("\r", cr), key=lambda each: each[1])[0]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    @cached_property
    def _two_character_ends(self) -> list[int]:
        """Offsets in `text` of the line ends that take two characters in `raw`."""
        found: list[int] = []
        at = self.raw.find("\r\n")
        while at >= 0:
            found.append(at - len(found))
            at = self.raw.find("\r\n", at + 2)
        return found

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of *offset* in `text`, both counted from 1.

        >>> Source("ab\\ncd").position(4)
        (2, 2)
        """
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int) -> int:
        """Offset in `text` of the first character of *line*, counted from 1."""
        return self._line_starts[min(max(line, 1), len(self._line_starts)) - 1]

    def locate(self, offset: int) -> str:
        """Name *offset* the way an editor can jump to it."""
        line, column = self.position(offset)
        return f"{self.name}:{line}:{column}"

    def raw_slice(self, span: Span) -> str:
        """The characters of `raw` that *span* of `text` stands for."""
        if "\r" not in self.raw:
            return self.raw[slice(*span)]
        start, stop = (each + bisect_left(self._two_character_ends, each) for each in span)
        return self.raw[start:stop]

    def restore(self, text: str, origins: tuple[Mapping, ...]) -> bytes:
        """Encode rewritten *text* with the line ends and byte-order mark of this source."""
        if "\r" in self.raw:
            text = "".join(self._restored(text, mapping) for mapping in origins)
        return (_BOM if self.bom else b"") + text.encode()

    def _restored(self, text: str, mapping: Mapping) -> str:
        if mapping.verbatim and mapping.origin is not None and mapping.source == self.name:
            return self.raw_slice(mapping.origin)
        return text[slice(*mapping.output)].replace("\n", self.newline)


def _not_utf8(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return (
        f"{name}:{line}:{column}: byte 0x{data[error.start]:02x} is not UTF-8; "
        "save the file as UTF-8, or leave it out with 'exclude'"
    )
