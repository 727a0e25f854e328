"""The text of a PDF, page by page. Needs the extra ``docs``."""

from __future__ import annotations

import io

from promptc.errors import InputError
from promptc.extras import need


def text(data: bytes, name: str) -> str:
    """What the pages say, a blank line between two; raise `InputError` where nothing can be read.

    Raises `MissingExtra` where pypdf is not installed.
    """
    pypdf = need("pypdf", "docs")
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError(f"{name}: locked by a password; save it without one")
        pages = [page.extract_text().strip() for page in reader.pages]
    except (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"{name}: not a PDF that can be read ({error}); save it anew") from error
    found = "\n\n".join(page for page in pages if page)
    if not found:
        raise InputError(
            f"{name}: its {len(pages)} pages hold no text; they may be pictures: "
            "have them recognized (OCR) first"
        )
    return found + "\n"
