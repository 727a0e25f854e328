from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.emit import emit
from promptc.errors import TemplateError
from promptc.ir import Edit, Patch
from promptc.parse import parse
from promptc.rewrite import rewrite
from promptc.source import MAX_BYTES, Mapping, Source, Span
from promptc.syntax import Syntax

PLAIN = Syntax(engine="plain")
TEXTS = st.text(st.sampled_from("ab\n\r\u2028\u00e9\U0001f600"), max_size=24)

UNREADABLE = {
    b"a\nb\xff": "t.md:2:2: byte 0xff is not UTF-8; save the file as UTF-8",
    b"\xef\xbb\xbf\xc3\xa9\xc3": "t.md:1:2: byte 0xc3 is not UTF-8",
    b"a\r\nb\0c": "t.md:2:2: this looks like a binary file (a NUL character); leave it out",
    b"x" * (MAX_BYTES + 1): "t.md: 10 MB is more than the 10 MB that a template may have; move",
}


@pytest.mark.parametrize("data", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_is_no_text_is_an_error_with_its_place(data: bytes) -> None:
    with pytest.raises(TemplateError) as caught:
        Source.decode(data, "t.md")
    assert str(caught.value).startswith(UNREADABLE[data])


def test_a_byte_order_mark_is_kept_apart() -> None:
    source = Source.decode(b"\xef\xbb\xbfa", "t.md")
    assert (source.text, source.bom) == ("a", True)
    assert emit(parse(source, PLAIN)).data == b"\xef\xbb\xbfa"


@given(TEXTS)
def test_text_is_what_jinja_reads(raw: str) -> None:
    assert Source(raw).text == raw.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXTS, st.booleans())
def test_a_source_is_restored_byte_for_byte(raw: str, bom: bool) -> None:
    data = b"\xef\xbb\xbf" * bom + raw.encode()
    assert emit(parse(Source.decode(data, "t.md"), PLAIN)).data == data


@given(TEXTS)
def test_positions_count_lines_and_columns(raw: str) -> None:
    source = Source(raw)
    lines = source.text.split("\n")
    for offset in range(len(source.text) + 1):
        line, column = source.position(offset)
        assert source.offset(line) + column - 1 == offset
        before = source.text[:offset].split("\n")
        assert (line, column) == (len(before), len(before[-1]) + 1)
    assert source.offset(len(lines) + 9) == source.offset(len(lines))


@given(TEXTS)
def test_raw_slices_join_to_the_raw_text(raw: str) -> None:
    source = Source(raw)
    every = (source.raw_slice(Span(at, at + 1)) for at in range(len(source.text)))
    assert "".join(every) == raw


@pytest.mark.parametrize(
    ("raw", "newline"),
    [("a", "\n"), ("a\r\nb\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\rc\n", "\r")],
)
def test_new_lines_get_the_end_that_most_have(raw: str, newline: str) -> None:
    assert Source(raw).newline == newline


def test_lines_that_stay_keep_their_ends() -> None:
    source = Source("a\r\nb  c\nd\re", "t.md")
    template = parse(source, PLAIN)
    edits = [Edit((Patch(Span(3, 5), " "),)), Edit((Patch(Span(9, 10), "x\ny"),))]
    assert rewrite(template, edits).text == "a\nb c\nd\nx\ny"
    assert emit(rewrite(template, edits)).data == b"a\r\nb c\nd\rx\ny"


@given(TEXTS, st.data())
def test_a_cut_leaves_the_raw_text_around_it(raw: str, data: st.DataObject) -> None:
    source = Source(raw, "t.md")
    start = data.draw(st.integers(0, len(source.text)))
    span = Span(start, data.draw(st.integers(start, len(source.text))))
    after = rewrite(parse(source, PLAIN), [Edit((Patch(span, ""),))])
    kept = source.raw_slice(Span(0, span.start)) + source.raw_slice(
        Span(span.stop, len(source.text))
    )
    assert emit(after).data == kept.encode()


def test_text_of_another_file_gets_the_line_ends_of_this_one() -> None:
    source = Source("a\r\nb", "t.md")
    origins = (
        Mapping(Span(0, 2), Span(0, 2), True, "t.md"),
        Mapping(Span(2, 4), Span(0, 2), True, "other.md"),
    )
    assert source.restore("a\nc\n", origins) == b"a\r\nc\r\n"


def test_spans_overlap_where_they_share_a_character() -> None:
    assert Span(0, 3).overlaps(Span(2, 4)) and not Span(0, 2).overlaps(Span(2, 4))
    assert Span(1, 1).overlaps(Span(0, 2)) and not Span(2, 2).overlaps(Span(0, 2))
    assert Span(0, 3).covers(Span(1, 3)) and not Span(0, 3).covers(Span(1, 4))
