"""Which examples a template has, and what each of them shows."""

from __future__ import annotations

from promptc.analysis.example_lists import example_lists
from promptc.analysis.example_sets import Example, example_sets
from promptc.parse import parse
from promptc.source import Source


def only_set(text: str) -> tuple[Example, ...]:
    (found,) = example_sets(parse(Source(text)))
    return found


def test_a_round_holds_the_documents_that_stand_before_its_question() -> None:
    text = "".join(
        f'# ID: {{"n": {n}}}\nTitle: one {n}\nSome text.\n\nTitle: two {n}\nMore text.\n\n'
        f"Q: what {n}?\nA: that {n}.\n\n"
        for n in range(4)
    )
    found = only_set(text)
    assert [each.told for each in found] == [f"that {n}." for n in range(4)]
    assert all(f'# ID: {{"n": {n}}}' in each.asked for n, each in enumerate(found))
    assert "".join(text[slice(*each.span)] for each in found[:-1]) in text


def test_examples_stop_at_the_first_that_is_filled_in() -> None:
    text = "Q: a\nA: b\n\nQ: c\nA: d\n\nQ: e\nA: f\n\nQ: {{ q }}\nA: {{ a }}\n"
    assert [each.told for each in only_set(text)] == ["b", "d", "f"]


def test_two_examples_are_no_set() -> None:
    assert example_sets(parse(Source("Q: a\nA: b\n\nQ: c\nA: d\n"))) == ()


def test_labels_without_an_input_are_no_examples() -> None:
    text = "Title: a\nSummary: b\n\nAnswer: c\n\nAnswer: d\n\nAnswer: e\n"
    assert example_sets(parse(Source(text))) == ()


def test_a_section_between_two_rounds_ends_the_set() -> None:
    text = "Q: a\nA: b\n\nQ: c\nA: d\n\n## Hard ones\n\nQ: e\nA: f\n"
    assert example_sets(parse(Source(text))) == ()


def test_numbered_heads_give_their_numbers() -> None:
    text = "".join(f"### Example {n}\nInput: a {n}\nOutput: b {n}\n\n" for n in (1, 2, 3))
    assert [each.number for each in only_set(text)] == ["1", "2", "3"]


def test_an_output_of_several_paragraphs_is_not_told_apart() -> None:
    text = "Q: a\nA: b\n\nNow harder ones.\n\nQ: c\nA: d\n\nQ: e\nA: f\n"
    assert [each.apart for each in only_set(text)] == [False, True, True]


def test_items_of_a_constant_list_are_found_with_their_commas() -> None:
    text = (
        '{% for ex in [("a, b", "[x]"), ("c", "y"), ("d", "z"),] %}{{ ex[0] }}{% endfor %}'
        "{{ question }}"
    )
    (found,) = example_lists(parse(Source(text)))
    assert [(each.asked, each.told) for each in found] == [("a, b", "[x]"), ("c", "y"), ("d", "z")]
    assert [text[slice(*each.span)] for each in found] == [
        '("a, b", "[x]"), ',
        '("c", "y"), ',
        '("d", "z"),',
    ]


def test_lists_of_anything_but_texts_are_left_alone() -> None:
    text = "{% for ex in [(1, 'a'), (2, 'b'), (3, 'c')] %}{{ ex[0] }}{% endfor %}"
    assert example_lists(parse(Source(text))) == ()
