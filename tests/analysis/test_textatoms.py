from __future__ import annotations

import pytest

from promptc.analysis.textatoms import atoms, enclosed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Just a few plain words, (and) more.", []),
        ("Pay $3,000.00, or -5°C; 50%.", ["$3,000.00", "-5°C", "50%"]),
        ("It is 5 km and 3 million dollars.", ["5 km", "3 million dollars"]),
        ("At 10:30 a.m. on Jan. 5, 2020.", ["10:30 a.m.", "Jan. 5, 2020"]),
        ("On 3 June 1999, 2020-01-05T10:00Z.", ["3 June 1999", "2020-01-05T10:00Z"]),
        ("The 21st of May, 2–3 days.", ["21st of May", "2–3 days"]),
        ("See https://a.example/b?c=d. Write a.b@c.de.", ["https://a.example/b?c=d", "a.b@c.de"]),
        (r"Open /usr/bin/x, ./a.py or C:\a\b.", ["/usr/bin/x", "./a.py", r"C:\a\b"]),
        ("Call foo_bar or fooBar.", ["foo_bar", "fooBar"]),
        ("Use os.path.join() with --dry-run.", ["os.path.join()", "--dry-run"]),
        ("Fill {name}, {{ a.b }}, ${x} or %s.", ["{name}", "{{ a.b }}", "${x}", "%s"]),
        ("Run `a b c` in <TAG>.", ["`a b c`", "<TAG>"]),
        ("Say \"so it is\" or 'that' or “this one”.", ['"so it is"', "'that'", "“this one”"]),
        ("A well-known state's law.", ["well-known", "state's"]),
        ("It is not good, never was.", ["not good", "never was"]),
        ("No dogs without a leash; don't run.", ["No dogs", "without a leash", "don't run"]),
        ("You must not\nrun. Why not\n\nRun?", ["not\nrun"]),
        ("At most 3, at least three.", ["At most 3", "at least three"]),
        ("No more than 5 or up to 10 GB.", ["No more than 5", "up to 10 GB"]),
        ("As shown [citation:1] and [2].", ["[citation:1]", "[2]"]),
        ("The U.S. law, e.g. this.", ["U.S.", "e.g."]),
        ("Take C++ or A/B or v1.2.3.", ["C++", "A/B", "v1.2.3"]),
        ("他于1943年去世，价格是3.5元。", ["1943年", "3.5元"]),
        ("Nothing knotty, cannot go.", ["cannot go"]),
        ("a" * 10 + "1" * 2000, []),
    ],
)
def test_atoms(text: str, expected: list[str]) -> None:
    assert [text[slice(*span)] for span in atoms(text)] == expected


def test_asides_are_enclosed_and_no_atoms() -> None:
    text = "He left (as one does) early."
    assert [text[slice(*span)] for span in enclosed(text)] == ["(as one does)"]
    assert atoms(text) == ()
