"""The pieces are those of the `tokenizers` library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece as RustWordPiece

from promptc.models.packed import DATA, load
from promptc.models.wordpiece import WordPiece

PIECES = load(DATA / "embedder.bin").words("pieces")
IDS = {piece: id for id, piece in enumerate(PIECES)}
UNKNOWN = len(PIECES)
OURS = WordPiece(IDS)
THEIRS = Tokenizer(RustWordPiece({**IDS, "<unknown>": UNKNOWN}, unk_token="<unknown>"))
THEIRS.normalizer = normalizers.BertNormalizer(lowercase=True)
THEIRS.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

# Characters that every Unicode table knows; theirs is old. They drop control characters inside a
# word, we end the word there.
CODECS = ["cp1252", "cp1253", "cp1251", "cp1255", "cp1256"]
ASIAN = "、。「」・ーあがアパ東京猫가각한！？"
PRINTED = st.text(
    st.sampled_from(ASIAN)
    | st.one_of([st.characters(codec=codec, exclude_categories=["C"]) for codec in CODECS]),
    max_size=60,
)
MIXED = st.text("aeiTLé–’'.#$1 ßΣ猫かं한", max_size=60)


def theirs(text: str) -> list[int]:
    return [id for id in THEIRS.encode(text).ids if id != UNKNOWN]


@pytest.mark.parametrize(
    "text",
    [
        "Unbelievably, tokenizers' pieces cost $3.50 (20% off)!",
        "naïve café — “quoted” it’s…",
        "ΟΔΥΣΣΕΥΣ ὈΔΥΣΣΕΎΣ Straße İstanbul",
        "東京タワーは333メートル。 서울 हिन्दी ภาษาไทย עברית العربية",
        "x" * 100 + " " + "x" * 101,
        "a_b-c/d\\e@f.g  \t\r\n\u00a0\u2028 <tag> 🙂 ½ ² ™ ﬁ",
        "",
    ],
)
def test_pieces_are_those_of_the_library(text: str) -> None:
    assert OURS.ids(text) == theirs(text)


@given(PRINTED | MIXED)
def test_pieces_of_any_text_are_those_of_the_library(text: str) -> None:
    assert OURS.ids(text) == theirs(text)


@given(st.text(max_size=60))
def test_pieces_stand_where_their_words_start(text: str) -> None:
    ids, starts = OURS.pieces(text)
    assert ids.tolist() == OURS.ids(text)
    assert sorted(starts) == starts.tolist()
    assert not any(text[start].isspace() for start in starts)
