from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import reading
from benchmarks.auditing.draw import Change, Entry, changes, draw, shown

SOURCE = (
    "Please go. Cite every source that you used. Then, please, cite every source that you used."
)


def change(name: str, at: int) -> Change:
    return Change(f"{at}.md", name, "rule", 1, (Entry(at, at + 1, "x", ""),), f"{at:08}")


def made(tmp_path: Path, *rows: dict[str, object]) -> Path:
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps({"files": {"a.md": rows}}), encoding="utf-8")
    return path


def row(name: str, guarantee: str, start: int, stop: int) -> dict[str, object]:
    return {
        "pass": name, "guarantee": guarantee, "rule": "r", "source": "a.md", "line": 1,
        "span": [start, stop], "before": SOURCE[start:stop], "after": "",
    }  # fmt: skip


def test_only_what_changes_words_or_lines_is_read(tmp_path: Path) -> None:
    ledger = made(
        tmp_path,
        row("trim-filler", "MEANING", 0, 7),
        row("unwrap-lines", "SPACING", 7, 8),
        row("collapse-spaces", "SPACING", 8, 9),
    )
    found = changes(ledger, {"a.md": SOURCE})
    assert [each.pass_name for each in found] == ["trim-filler", "unwrap-lines"]


def test_what_one_rule_did_to_one_line_is_one_change(tmp_path: Path) -> None:
    ledger = made(
        tmp_path, row("trim-filler", "MEANING", 49, 57), row("trim-filler", "MEANING", 0, 7)
    )
    (found,) = changes(ledger, {"a.md": SOURCE})
    assert [entry.start for entry in found.entries] == [0, 49]


def test_the_draw_is_even_and_takes_what_rare_passes_leave() -> None:
    every = [change("rare", at) for at in range(2)] + [
        change(name, at) for name in ("one", "two") for at in range(30)
    ]
    drawn = draw(every, 20, 1)
    names = [each.pass_name for each in drawn]
    assert (names.count("rare"), names.count("one"), names.count("two")) == (2, 9, 9)
    assert drawn == draw(every[::-1], 20, 1)
    assert drawn != draw(every, 20, 2)


def test_what_is_drawn_stays_drawn_when_other_changes_go() -> None:
    every = [change("one", at) for at in range(30)]
    drawn = draw(every, 10, 1)
    gone = [each for each in every if each not in drawn][:5]
    assert draw([each for each in every if each not in gone], 10, 1) == drawn


def test_the_same_change_in_two_files_is_drawn_once() -> None:
    one = change("one", 3)
    assert len(draw([one, one._replace(file="other.md")], 10, 1)) == 1


def test_a_change_is_shown_before_and_after_with_the_like_of_a_removed_sentence() -> None:
    start = SOURCE.index(" Then")
    entry = Entry(start, len(SOURCE), SOURCE[start:], "")
    removed = Change("a.md", "dedupe-sentences", "near", 1, (entry,), "0")
    text = shown(removed, SOURCE, [removed])
    assert "⟦ Then, please, cite" in text
    assert "AFTER:  'Please go. Cite every source that you used.'" in text
    assert "TWIN:" in text


def test_a_page_has_the_verdicts_and_no_text(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    text = "Please make sure that you answer {question} in order to help the user."
    data.write_text(json.dumps({"id": "7", "text": text}), encoding="utf-8")
    verdicts, out = tmp_path / "verdicts.jsonl", tmp_path / "reading.md"
    options = ["--data", str(data), "--verdicts", str(verdicts), "--out", str(out)]
    reading.main(options)
    page = out.read_text(encoding="utf-8")
    assert reading.UNREAD in page
    assert "question" not in page
    key = next(line.split(" | ")[0][2:] for line in page.splitlines() if "| 7:" in line)
    row = {"key": key, "verdict": "wrong", "why": "it | changes"}
    verdicts.write_text(json.dumps(row) + "\n", encoding="utf-8")
    reading.main(options)
    page = out.read_text(encoding="utf-8")
    assert "| wrong | it \\| changes |" in page
    assert "1 wrong" in page


def test_an_unknown_verdict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text('{"key": "k", "verdict": "maybe", "why": ""}\n', encoding="utf-8")
    with pytest.raises(SystemExit, match="maybe"):
        reading.verdicts(path)
