from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import answers, budgets, latency
from benchmarks.compressing import page, peers
from benchmarks.compressing.judging import answered, f1, labels, recall, runs
from benchmarks.compressing.methods import Bm25, Entities, Lead, Random, parts, terms
from benchmarks.compressing.sets import Doc, Gold, Question, gold, read, split
from benchmarks.compressing.texts import distinct
from benchmarks.compressing.units import Kept, Method, count, cut, fill, sentences, total, words
from promptc.source import Span

HARBOR = Doc("Harbor", "The harbor opened in 1904. Boats came. It was closed by Ida Berg in 1951.")
MILL = Doc("Mill", "The mill ground rye.\nIts wheel was oak, and it turned all year.")
BOTH = (HARBOR, MILL)

SPLITS = [
    (
        "nq_multidoc10",
        "Document [1](Title: Match (tennis)) One (1) won.\n\nDocument [2](Title: B) Two.\n\nMore.",
        [("Match (tennis)", "One (1) won."), ("B", "Two.\n\nMore.")],
    ),
    ("ircot_musique", "Wikipedia Title: A\nOne.\n\nWikipedia Title: B\nTwo.",
     [("A", "One."), ("B", "Two.")]),
    ("rgb_en_fact", "One.\n\n \n\nTwo\nmore.", [("", "One."), ("", "Two\nmore.")]),
    ("xquad_en", "Title: not a title\nOne.\n\nTwo.", [("T", "Title: not a title\nOne.\n\nTwo.")]),
    ("nq_multidoc10", "No headings here.", [("T", "No headings here.")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "context", "expected"), SPLITS)
def test_splits_contexts_as_each_set_writes_them(
    name: str, context: str, expected: list[tuple[str, str]]
) -> None:
    assert [(each.title, each.text) for each in split(context, name, "T")] == expected


def test_finds_gold_sentences_in_their_documents_and_turns_by_line() -> None:
    found = gold({"gold_sentences": ["Boats came.", "Nobody said this."]}, BOTH)
    assert found == (Gold(0, Span(27, 38)),)
    (turns,) = gold({"gold_turns": [[1, 2]]}, (Doc("", "a: x\nb: yy\nc: z\nd: w"),))
    assert turns == Gold(0, Span(5, 15))
    (last,) = gold({"gold_turns": [[3, 9]]}, (Doc("", "a: x\nb: yy\nc: z\nd: w"),))
    assert last == Gold(0, Span(16, 20))


def test_reads_a_set_with_contexts_beside_it(tmp_path: Path) -> None:
    row = {"id": "1", "question": "Who?", "answers": ["Ida", " "], "context_id": "c"}
    (tmp_path / "qmsum.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"qmsum\.contexts\.jsonl is missing"):
        read(tmp_path, "qmsum")
    beside = json.dumps({"context_id": "c", "text": "Ida Berg: no."})
    (tmp_path / "qmsum.contexts.jsonl").write_text(beside, encoding="utf-8")
    expected = Question("1", "Who?", ("Ida",), (Doc("", "Ida Berg: no."),))
    assert read(tmp_path, "qmsum") == [expected]


@pytest.mark.parametrize("text", [HARBOR.text, MILL.text, "船来了！好。走", " \n a. b \n"])
def test_sentences_tile_the_text(text: str) -> None:
    units = sentences(text)
    assert "".join(text[slice(*unit.span)] for unit in units).rstrip() == text.rstrip()
    assert all(text[slice(*unit.span)].strip() for unit in units)


def test_a_record_is_a_unit_in_json() -> None:
    text = '{"a": "x y. z", "b": "w",\n "c": 1}'
    found = [text[slice(*unit.span)] for unit in sentences(text)]
    assert found == ['{"a": "x y. z",', ' "b": "w",', '\n "c": 1}']


def test_a_chinese_character_is_a_word() -> None:
    assert len(words("船来了 in 1904")) == 5


def test_a_cut_leaves_the_white_space_of_the_source_and_no_other() -> None:
    assert cut(HARBOR, [Span(0, 3), Span(11, 17), Span(21, 25)]).text == "The opened 1904"
    assert cut(Doc("", "船来了"), [Span(0, 1), Span(2, 3)]).text == "船了"


METHODS: list[Method] = [Random(), Lead(), Entities()]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("tokens", [0, 1, 7, 12, 25, 1000])
def test_the_simple_methods_keep_to_the_budget(method: Method, tokens: int) -> None:
    kept = method.run(BOTH, "", tokens)
    assert total([each.text for each in kept]) <= tokens
    if tokens == 1000:
        assert [each.text for each in kept] == [HARBOR.text, MILL.text]


def test_a_lot_depends_on_the_seed_alone() -> None:
    assert Random().run(BOTH, "", 20) == Random().run(BOTH, "x", 20)
    assert len({tuple(Random(seed).run(BOTH, "", 20)) for seed in range(9)}) > 1


def test_the_entity_rule_takes_numbers_then_capitals_then_long_words() -> None:
    tokens = count("1904. 1951.")
    assert [each.text for each in Entities().run(BOTH, "", tokens)] == ["1904. 1951.", ""]
    (kept,) = Entities().run((Doc("", "a Mill of some consequence"),), "", 2)
    assert "Mill" in kept.text and "of" not in kept.text.split()


def test_bm25_takes_the_sentence_that_was_asked_for() -> None:
    pytest.importorskip("bm25s")
    kept = Bm25().run(BOTH, "What was the wheel?", 12)
    assert [each.text for each in kept] == ["", "Its wheel was oak, and it turned all year."]


def test_a_title_stands_before_the_first_sentence_or_before_each() -> None:
    assert parts(HARBOR, titled=False)[1] == "Boats came."
    assert parts(HARBOR, titled=True)[1] == "Harbor Boats came."
    assert terms("Is the mill’s wheel OAK?") == ["mill", "s", "wheel", "oak"]


def test_fill_passes_over_what_no_longer_fits() -> None:
    scores = [[3.0, 1.0, 2.0], [0.0, 0.0]]
    room = sentences(HARBOR.text)[0].tokens + sentences(HARBOR.text)[1].tokens
    kept = fill(BOTH, scores, room)
    assert kept[0].text == "The harbor opened in 1904. Boats came."


def test_an_answer_counts_in_any_case_and_only_as_it_is_written() -> None:
    assert answered(["ida berg"], ["", "by Ida Berg in"])
    assert not answered(["Ida Berg"], ["Ida", "Berg"])
    assert not answered([], ["Ida"])


def test_recall_is_the_share_of_the_gold_that_was_kept() -> None:
    golds = [Gold(0, Span(0, 10)), Gold(1, Span(0, 10))]
    kept = [Kept("", (Span(0, 5), Span(8, 20))), Kept("", ())]
    assert recall(golds, kept) == 0.35
    assert recall(golds, [Kept("reworded"), Kept("")]) is None
    assert recall([], kept) is None


def test_a_run_goes_on_over_white_space() -> None:
    kept = [Kept("", (Span(0, 3), Span(4, 10), Span(18, 20))), Kept("")]
    assert runs(BOTH, kept) == [2, 1]


def test_a_word_is_kept_where_all_of_it_is() -> None:
    tokens = ["The", "harbor", "opened", "in", "1904", "."]
    assert labels(HARBOR.text, tokens, [Span(0, 10), Span(12, 20)]) == [1, 1, 0, 1, 0, 0]


def test_f1_of_keep_and_drop() -> None:
    assert f1([1, 0], [0, 1]) == (0.0, 0.0)
    assert f1([1, 1], [1, 1]) == (1.0, 1.0)
    assert f1([1, 1, 0, 0], [1, 0, 1, 0]) == (0.5, 0.5)


def test_a_row_says_what_was_asked_kept_and_exceeded() -> None:
    question = Question("1", "Who?", ("Ida Berg",), BOTH, (Gold(0, Span(0, 26)),))
    lost = Question("2", "Who?", ("elsewhere",), BOTH, (Gold(0, Span(0, 26)),))
    rows = list(answers.measured("tiny", [question, lost], Lead()))
    assert [row["rate"] for row in rows] == [0.5, 0.25, 0.125]
    assert rows[0]["questions"] == 2 and rows[0]["with_answer"] == 1
    assert rows[0]["answers_kept"] == 0.0
    assert rows[0]["gold_kept"] == 1.0 and rows[0]["over_budget"] == 0
    table = page.written(rows)
    assert "| tiny | 1 | 0.00 / 0.00 / 0.00 |" in table
    assert "| tiny | 2 | 1.00 / " in table


def test_an_update_keeps_what_was_not_measured_again(tmp_path: Path) -> None:
    old = [{"set": "a", "method": "lead", "n": 1}, {"set": "b", "method": "lead", "n": 1}]
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"figures": {"rows": old}}), encoding="utf-8")
    new = {"set": "a", "method": "lead", "n": 2}
    assert answers.updated([new], path) == [old[1], new]
    with pytest.raises(SystemExit, match="nothing to update"):
        answers.updated([new], tmp_path / "none.json")


def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = [method.name for method in peers.available()]
    assert found[:3] == ["random sentences", "lead", "entity rule"]
    assert "skipped llmtrim: llmtrim not installed" in capsys.readouterr().err


def test_no_two_texts_are_the_same() -> None:
    made = list(islice(distinct(["one two three four", "five six"], 30), 5))
    assert len(set(made)) == 5
    assert all(30 <= count(text) <= 45 for text in made)


def test_threads_measure_every_text_once() -> None:
    seen: list[str] = []
    assert len(latency.threaded(seen.append, ["a", "b", "c"], 0.001)) == 3
    assert sorted(seen) == ["a", "b", "c"]


def test_a_budget_that_was_exceeded_or_miscounted_is_seen() -> None:
    good = budgets.Draw(10, 8, 4.0, False, True, True)
    bad = budgets.Draw(10, 11, 4.0, None, None, False)
    found = budgets.summary([good, bad])
    assert (found["overshoots"], found["miscounted"]) == (1, 1)
    assert found["mean_slack_tokens"] == 2 and found["mean_slack_units"] == 0.5
    assert found["room_for_a_dropped_sentence"] == 0 and found["twice_is_once"] == 1


def test_there_is_room_where_the_smallest_dropped_sentence_would_fit() -> None:
    kept, both = [Span(0, 26), Span(39, 41)], count("The harbor opened in 1904. Boats came. It")
    assert budgets.room(HARBOR.text, kept, both) is True
    assert budgets.room(HARBOR.text, kept, both - 1) is False
    assert budgets.room(HARBOR.text, [Span(0, 28), Span(39, 41)], both) is None
