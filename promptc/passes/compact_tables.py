from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from promptc.analysis.data_regions import table_regions
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.tables import Row, Table, alignment, content
from promptc.ir import Edit, Leaf, Patch, Template
from promptc.protocols import Guarantee, PassContext
from promptc.source import Span


@dataclass(frozen=True)
class CompactTables:
    """Take the padding out of Markdown tables.

    Spaces that line the columns up, and dashes as long as the widest cell, show a table to people
    who read its source; the table is the same without. Cells, their order, the alignment colons,
    the indent of a table in a list, and rows without a leading pipe stay as they are, and so does a
    pipe that is escaped or stands in inline code.
    """

    name: ClassVar[str] = "compact-tables"
    guarantee: ClassVar[Guarantee] = Guarantee.DATA
    version: ClassVar[int] = 1
    edits: ClassVar[frozenset[type[Leaf]]] = frozenset()
    earns: ClassVar[Literal["tokens", "shape"]] = "tokens"

    padding: Literal[0, 1] = 0
    """Spaces left at both ends of a cell, at most."""
    dashes: int = 3
    """Dashes left in each cell of the row under the header; some readers want three."""

    def run(self, template: Template, ctx: PassContext) -> Iterator[Edit]:
        text = masked(template)
        for table in table_regions(template):
            patches = tuple(self._patches(text, table))
            if patches:
                yield Edit(patches)

    def _patches(self, text: str, table: Table) -> Iterator[Patch]:
        for row in (table.header, table.delimiter, *table.body):
            for cell in row.cells:
                old = text[slice(*cell)]
                if row is table.delimiter:
                    new = self._dashes(text, cell)
                    if len(new) < len(old):
                        yield Patch(cell, new)
                else:
                    yield from self._padding(text, row, cell)

    def _dashes(self, text: str, cell: Span) -> str:
        sides = alignment(text, cell)
        dashes = min(content(text, cell).count("-"), max(self.dashes, 1))
        return ":" * ("l" in sides) + "-" * dashes + ":" * ("r" in sides)

    def _padding(self, text: str, row: Row, cell: Span) -> Iterator[Patch]:
        """Patches at the two ends of *cell*; where a row has no outer pipe there is no padding."""
        inner = content(text, cell)
        if not inner:
            if cell.stop - cell.start > 1:
                yield Patch(cell, " ")
            return
        at = text.index(inner, cell.start)
        lead, trail = Span(cell.start, at), Span(at + len(inner), cell.stop)
        # Text that ends in a backslash, as a hole's may, would escape the pipe.
        keep = max(self.padding, inner[-1] in ("\\", HOLE, TAG))
        for gap, most in ((lead, self.padding), (trail, keep)):
            new = " " * min(most, gap.stop - gap.start)
            if new != text[slice(*gap)]:
                yield Patch(gap, new)
