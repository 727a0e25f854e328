"""Documents are read from Markdown, text, HTML and PDF; what can't be read is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from promptc.errors import InputError, MissingExtra
from promptc.passages.reading import document, folder, read

PAGE = b"""<?xml version="1.0"?><html><head><title>Shipping &amp; more</title>
<style>p {}</style></head><body><nav>Home</nav><script>alert(1)</script>
<h2>Costs</h2><p>Over <b>50</b> dollars, <a href="x">free</a>. {{ 7*7 }} 5 * 3 a_b</p>
<ul><li>one<li>two</ul><table><tr><th>item</th><th>days</th></tr><tr><td>phone</td><td>14</td></tr>
</table><pre>x = 1

y = 2</pre></body></html>"""
MARKDOWN = """# Shipping & more

## Costs

Over **50** dollars, free. {{ 7*7 }} 5 * 3 a_b

- one
- two

| item | days |
| --- | --- |
| phone | 14 |

```
x = 1

y = 2
```
"""


def pdf(text: str) -> bytes:
    """One page that says *text*."""
    stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        data
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    )


def test_text_is_taken_as_it_is_with_plain_line_ends() -> None:
    assert document("a.md", b"\xef\xbb\xbf# A\r\n\r\n\xc3\xa9  x\r").text == "# A\n\n\u00e9  x\n"


def test_a_page_keeps_headings_lists_tables_and_code() -> None:
    assert document("a.html", PAGE).text == MARKDOWN


@pytest.mark.parametrize("data", [b"www.example.com", b"plain words", b""])
def test_a_page_without_tags_is_its_text(data: bytes) -> None:
    assert document("a.html", data).text == data.decode()


def test_a_page_nested_too_deep_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.html: elements are nested too deep"):
        document("a.html", b"<div>" * 100_000)


def test_a_pdf_gives_the_text_of_its_pages() -> None:
    assert document("a.pdf", pdf("Laptops: 30 days.")).text == "Laptops: 30 days.\n"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.pdf", b"%PDF-1.4 broken", r"a\.pdf: not a PDF that can be read"),
        ("a.pdf", pdf(""), r"a\.pdf: its 1 pages hold no text; .*OCR"),
        ("a.md", b"one\n\xff\xfea\x00", r"a\.md:2: byte 0xff is not UTF-8; save the file as UTF-8"),
        ("a.md", b"\xff\xfea\x00", r"this looks like UTF-16"),
        ("a.txt", b"one\n\n\0", r"a\.txt:3: a NUL character"),
        ("a.txt", b"%PDF-1.4", r"a\.txt: this is a PDF; give it the suffix \.pdf"),
        ("a.docx", b"", r"a\.docx: the suffix '\.docx' is no document's; "),
        ("README", b"", r"README: no suffix is no document's"),
    ],
)
def test_what_can_not_be_read_is_refused(name: str, data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        document(name, data)


def test_a_pdf_without_its_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(MissingExtra, match=r'pypdf is not installed; pip install ".+\[docs\]"'):
        document("a.pdf", pdf("x"))


def test_a_folder_gives_its_documents_by_their_paths(tmp_path: Path) -> None:
    for name in ("b/two.md", "one.txt", ".hidden.md", ".git/three.md", "four.py", "Five.MD"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    assert [each.name for each in folder(tmp_path)] == ["Five.MD", "b/two.md", "one.txt"]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no documents here; promptc reads \.htm, \.html, "):
        folder(tmp_path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "handbook.md").write_text("x")
    with pytest.raises(InputError, match=r"no such file .*did you mean 'handbook\.md'"):
        read(tmp_path / "handbok.md")
    (tmp_path / "a.md").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        read(tmp_path / "a.md")
