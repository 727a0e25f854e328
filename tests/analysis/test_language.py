"""Which texts read as English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptc.analysis.language import english, is_english

ENGLISH = [
    "Answer the question.",
    "You are a café owner in Málaga; write to the naïve user.",
    "Use \ue000\ue000\ue000 and return the \ue000 as JSON.",
    "Don’t guess.",
    "Please translate this sentence into German: Guten Morgen.",
    "If the text is in 日本語, say so in English and stop there.",
]
OTHER = [
    "Réponds à la question en une phrase.",
    "Beantworte die Frage in einem Satz und bleibe höflich.",
    "Responde siempre en español y no uses la frase para el usuario.",
    "Responda à pergunta do usuário em uma frase.",
    "Rispondi alla domanda che ti pone il cliente.",
    "Geef het antwoord in een zin en wees niet te lang.",
    "Odpowiedz na pytanie, jak to jest w tekście, i nie zgaduj.",
    "Svara på frågan och skriv inte mer än en mening.",
    "Jawab pertanyaan ini dengan singkat dan tidak lebih.",
    "回答用户的问题，不要猜测。",
    "Ответь на вопрос одним предложением.",
    "أجب عن السؤال",
    "",
    "\ue000\ue000\ue000",
    "12 + 30 = 42",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_told(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize("text", OTHER)
def test_what_is_not_english_is_told(text: str) -> None:
    assert not is_english(text)


@given(st.text())
def test_holes_tell_nothing_about_a_language(text: str) -> None:
    assert is_english(text) == is_english(f"\ue000\ue000 {text} \ue001")


def test_the_pipeline_has_no_model() -> None:
    assert english().pipe_names == []
    assert english() is english()
