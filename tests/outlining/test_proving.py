"""Documents proved on real indexes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from promptc.compressors.embedded import Shipped
from promptc.outlining import shelf
from promptc.outlining.bringing import Limits
from promptc.outlining.proving import Proofs
from promptc.outlining.questions import Asked
from promptc.outlining.shelf import Recipe, Shelf
from promptc.protocols import Wanted
from promptc.retrieval import Index
from promptc.tokens import get_tokenizer
from tests.handbook import handbook, questions

COUNT = get_tokenizer("gpt-4o")
ASKED = [Asked(q["ask"], tuple(q["answers"])) for q in tomllib.loads(questions())["questions"]]
WANTED = Wanted(0, 0, 0.95, "embedded")


def proofs(*asked: Asked) -> Proofs:
    return Proofs(asked, COUNT, Shipped())


def test_a_document_whose_questions_are_answered_may_move() -> None:
    found = proofs(*ASKED).prove("handbook", handbook(), WANTED)
    assert found.why == ""
    assert (found.asked, found.answered, found.weak) == (10, 10, False)
    assert found.recall >= 0.95
    assert 0 < found.mean <= found.tokens < found.before == COUNT.count(handbook())
    assert found.k >= 1
    assert found.by_tokens and found.by_k


def test_without_questions_the_headings_are_asked_and_that_is_weak() -> None:
    found = proofs().prove("handbook", handbook(), WANTED)
    assert (found.weak, found.asked, found.why) == (True, 10, "")


def test_questions_about_something_else_count_as_none() -> None:
    found = proofs(Asked("What is the capital?", ("Paris",))).prove("h", handbook(), WANTED)
    assert found.weak


def test_questions_that_the_document_does_not_answer_are_counted_and_not_judged() -> None:
    found = proofs(*ASKED, Asked("Capital?", ("Paris",))).prove("h", handbook(), WANTED)
    assert (found.asked, found.answered, found.recall) == (11, 10, 1.0)


def test_too_little_recall_refuses_and_says_what_would_do() -> None:
    found = proofs(*ASKED).prove("h", handbook(), WANTED._replace(k=1, tokens=20))
    assert (found.k, found.tokens) == (1, 20)
    assert found.recall < 0.95
    match = re.search(r"k=(\d+) tokens=(\d+) would do$", found.why)
    assert match
    limits = WANTED._replace(k=int(match[1]), tokens=int(match[2]))
    assert proofs(*ASKED).prove("h", handbook(), limits).why == ""


def test_what_no_limit_reaches_is_refused_with_the_best() -> None:
    hidden = Asked(" ".join(each.ask for each in ASKED[:8]), ("Dogs may come on Fridays",))
    found = proofs(hidden).prove("h", handbook(), WANTED)
    assert "no limit below" in found.why
    assert "recall=0.95 is asked" in found.why


def test_a_text_that_nothing_asks_about_is_refused() -> None:
    found = proofs().prove("h", "word " * 2_000, WANTED)
    assert found.why == "nothing shows that it is still answered; add [[questions]]"


def test_a_short_document_is_not_worth_it() -> None:
    text = "# Keys\n\nKeys are handed out by Mira Stone every morning.\n"
    found = proofs(Asked("Who hands out keys?", ("Mira Stone",))).prove("h", text, WANTED)
    assert "too short for retrieval to pay" in found.why


def test_a_document_is_proved_once() -> None:
    one = proofs(*ASKED)
    assert one.prove("h", handbook(), WANTED) is one.prove("h", handbook(), WANTED)
    assert one.retrieved("other", "keys", Limits()) is None
    assert "Mira Stone" in (one.retrieved("h", "Who hands out keys?", Limits()) or "")


def test_of_html_is_indexed_what_its_reader_sees() -> None:
    page = "<html><script>var x = 1</script><h1>Keys</h1><p>Keys: <b>Mira</b> Stone.</p></html>"
    found = proofs(Asked("Who has keys?", ("Keys: Mira Stone",))).prove("a.html", page, WANTED)
    assert (found.weak, "script" in found.text) == (False, False)
    assert found.before == COUNT.count(page)


def test_an_index_is_told_by_all_that_it_is_made_of() -> None:
    recipe = Recipe("a", "text", COUNT)
    others = [
        Recipe("b", "text", COUNT),
        Recipe("a", "texts", COUNT),
        Recipe("a", "text", get_tokenizer("gpt-4")),
        Recipe("a", "text", COUNT, "minilm"),
    ]
    assert recipe.hash == Recipe("a", "text", COUNT).hash
    assert len({each.hash for each in (recipe, *others)}) == 5


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, Recipe]:
    recipe = Recipe("handbook", handbook(), COUNT)
    home = tmp_path / shelf.FOLDER / recipe.hash
    for path, data in shelf.files(Shelf().index(recipe)).items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(data)
    shelf._remembered.cache_clear()
    return home, recipe


def test_an_index_that_is_there_is_not_made_again(
    tmp_path: Path, stored: tuple[Path, Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Index, "build", None)
    index = Shelf(tmp_path, {"handbook": stored[1].hash}).index(stored[1])
    assert index.table.names == ("handbook",)


def test_of_a_changed_document_only_what_changed_is_embedded(
    tmp_path: Path, stored: tuple[Path, Recipe]
) -> None:
    recipe = Recipe("handbook", handbook("30 days"), COUNT)
    index = Shelf(tmp_path, {"handbook": stored[1].hash}).index(recipe)
    assert 0 < index.embedded < len(index) / 2


def test_a_damaged_index_is_made_again(tmp_path: Path, stored: tuple[Path, Recipe]) -> None:
    home, recipe = stored
    assert shelf.read(home)
    (vectors,) = home.rglob("vectors.faiss")
    vectors.write_bytes(vectors.read_bytes()[:-1])
    assert shelf.read(home) == {}
    assert len(Shelf(tmp_path, {"handbook": recipe.hash}).index(recipe)) > 0
