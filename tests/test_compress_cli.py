"""`promptc compress` as users run it: on files, in pipes, interrupted and taken up again."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from promptc.cli import main

SIGNED = "Anna signed on May 3. It rained. The file lies in box 7."
REFUNDS = "Refunds take 14 days. Bring the receipt.\nWe close at six."
CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": f"Who signed?\n<context>{SIGNED}</context>"},
]
COMMAND = [sys.executable, "-m", "promptc", "compress"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two texts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(SIGNED)
    (tmp_path / "b.txt").write_text(REFUNDS)
    return tmp_path


def run(*args: str, code: int = 0, given: str | bytes = "") -> Result:
    result = CliRunner().invoke(main, ["compress", *args], input=given)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def lines(*values: Any) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in values)


def read(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_text_is_printed_and_nothing_else() -> None:
    result = run("a.txt", "--tokens", "9", "--query", "Who signed?")
    assert result.stdout == "Anna signed on May 3."
    assert result.stderr == ""


@pytest.mark.parametrize("args", [[], ["-"]])
def test_standard_input_is_read(args: list[str]) -> None:
    assert run(*args, "--rate", "1", given=REFUNDS).stdout == REFUNDS


@pytest.mark.parametrize(
    "data",
    [b"One.\r\nTwo.\r\n\r\nThree.", b"\n\n", b"", "Zoë paid 3 €.\u2028Yes.\r".encode(), b"a\0b"],
    ids=["crlf", "blank", "empty", "unicode", "nul"],
)
def test_a_rate_of_one_prints_the_same_bytes(folder: Path, data: bytes) -> None:
    (folder / "a.txt").write_bytes(data)
    assert run("a.txt", "--rate", "1").stdout_bytes == data
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbf" + data)
    assert run("a.txt", "--rate", "1").stdout_bytes == data


def test_line_ends_stay_as_they_are_in_what_is_kept(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"Refunds take 14 days.\r\nAsk us.\r\n\r\nIt snowed.\r\n")
    kept = run("a.txt", "--tokens", "12", "--query", "How long do refunds take? Ask whom?")
    assert b"14 days.\r\nAsk us." in kept.stdout_bytes


def test_files_are_shortened_each_by_itself_in_order() -> None:
    one, two = (run(name, "--rate", "0.5").stdout for name in ("a.txt", "b.txt"))
    assert one
    assert two
    assert run("a.txt", "b.txt", "--rate", "0.5").stdout == f"{one}\n{two}"


def test_files_together_share_one_budget() -> None:
    args = (
        "a.txt",
        "b.txt",
        "--together",
        "--tokens",
        "10",
        "--query",
        "How long do refunds take?",
    )
    assert run(*args).stdout == "Refunds take 14 days."
    found = json.loads(run(*args, "--json").stdout)
    assert [each["file"] for each in found["documents"]] == ["a.txt", "b.txt"]
    assert [each["text"] for each in found["documents"]] == ["", "Refunds take 14 days."]
    assert found["documents"][1]["kept"] == [[0, 21]]
    assert found["tokens_after"] <= found["limit"] == 10


def test_json_tells_what_was_kept_and_what_it_saves() -> None:
    found = json.loads(run("a.txt", "--rate", "0.5", "--no-fine", "--json").stdout)
    assert found["file"] == "a.txt"
    assert "".join(SIGNED[a:b] for a, b in found["kept"]) in found["text"]
    spans = sorted(found["kept"] + found["dropped"])
    assert "".join(SIGNED[a:b] for a, b in spans) == SIGNED
    assert found["tokens_after"] <= found["limit"] < found["tokens_before"] == 19
    assert found["met"]
    assert found["saved"] > 0
    assert found["timings"].keys() == {"count", "choose", "check"}


def test_explain_says_on_standard_error_what_went() -> None:
    result = run("a.txt", "--tokens", "9", "--query", "Who signed?", "--explain")
    assert result.stdout == "Anna signed on May 3."
    assert "a.txt:\n19 -> 7 tokens, rate 0.37, limit 9\n" in result.stderr
    assert "dropped 21-56: It rained. The file lies in box 7.\n" in result.stderr


def test_a_text_to_keep_is_missed_only_where_something_was_done(folder: Path) -> None:
    args = ("--jsonl", "--rate", "1", "--output", "out.jsonl", "--keep", "Bob", "--resume")
    said = [run(*args, given=lines({"text": "One."})).stderr for _ in range(2)]
    assert ["Note: --keep 'Bob'" in each for each in said] == [True, False]


def test_explain_shows_only_what_went() -> None:
    keep = ("--keep", "Anna signed on May 3.", "--keep", "The file lies in box 7.")
    said = run("a.txt", "--tokens", "16", "--no-fine", *keep, "--explain").stderr
    assert said.endswith(": It rained.\n")


def test_output_is_replaced_by_the_text_and_not_by_nothing(folder: Path) -> None:
    out = folder / "new" / "out.txt"
    for _ in range(2):
        assert run("a.txt", "--rate", "1", "--output", "new/out.txt").output == ""
        assert out.read_text() == SIGNED
    run("a.txt", "--tokens", "1", "--keep", "Anna signed", "--output", "new/out.txt", code=2)
    assert out.read_text() == SIGNED


WRONG = [
    ("a.txt", "give --rate or --tokens"),
    ("a.txt --rate 0", "--rate must be above 0 and at most 1, got 0.0"),
    ("a.txt --rate 1.5", "--rate must be above 0 and at most 1, got 1.5"),
    ("a.txt --rate nan", "--rate must be above 0 and at most 1, got nan"),
    ("a.txt --rate half", "'half' is not a valid float"),
    ("a.txt --tokens -1", "-1 is not in the range x>=0"),
    ("a.txt --rate 0.5 --deadline 0", "0.0 is not in the range x>0"),
    ("b.txt --rate 0.43 --deadline 0.000001", "b.txt: the deadline passed"),
    ("a.txt --rate 0.5 --jsonl --resume --output -", "--resume goes on with the file of --output"),
    ("a.txt --rate 0.5 --keep=", "--keep must be texts that are not empty"),
    ("a.txt --rate 0.5 --keep Bob", "a.txt: keep: 'Bob' stands in none of the inputs"),
    ("a.txt b.txt --together --rate 0.5 --keep Bob", "'Bob' stands in none of the inputs"),
    ("a.txt --rate 0.5 --model gtp-4o", "--model: no tokenizer is known for the model 'gtp-4o'"),
    ("a.txt --rate 0.5 --scorer embeded", "--scorer: no scorer is called 'embeded'; did you mean"),
    ("a.txt --rate 0.5 --scorer causal", "needs a model, as 'causal:gpt2'"),
    ("a.tx --rate 0.5", "a.tx: no such file; did you mean 'a.txt'"),
    ("a.txt - - --rate 0.5", "- is standard input, which can be read once"),
    ("a.txt --rate 0.5 --resume", "--resume is for --jsonl"),
    ("a.txt --rate 0.5 --text-field x", "--text-field is for --jsonl"),
    ("a.txt --rate 0.5 --rejects x", "--rejects is for --jsonl"),
    ("a.txt --rate 0.5 --jsonl --resume", "--resume goes on with the file of --output"),
    ("a.txt --rate 0.5 --jsonl --json", "--json and --jsonl can't be mixed"),
    ("a.txt --rate 0.5 --jsonl --together", "--together and --jsonl can't be mixed"),
    ("a.txt --rate 0.5 --output a.txt", "--output a.txt is the input"),
    ("a.txt b.txt --rate 0.5 --jsonl --rejects b.txt", "--rejects b.txt is the input"),
    ("a.txt --rate 0.5 --jsonl --output x --rejects x", "--output and --rejects are one file"),
    ("a.txt --rate 0.5 --output a.txt/x", "a.txt/x: can't be written"),
    ("a.txt --tokens 2 --keep Anna --keep box", "raise the budget or keep less"),
]


@pytest.mark.parametrize(("args", "message"), WRONG)
def test_what_is_wrong_is_said(args: str, message: str) -> None:
    assert message in " ".join(run(*args.split(), code=2).stderr.split())


BYTES = [
    (b"caf\xe9", "bad.txt: not UTF-8 (byte 0xe9 at 3); save it as UTF-8"),
    (b"\xef\xbb\xbfcaf\xe9", "bad.txt: not UTF-8 (byte 0xe9 at 6); save it as UTF-8"),
    ("text".encode("utf-16"), "(byte 0xff at 0); this looks like UTF-16; save it as UTF-8"),
]


@pytest.mark.parametrize(("data", "message"), BYTES)
def test_a_file_of_other_bytes_does_not_stop_the_rest(
    folder: Path, data: bytes, message: str
) -> None:
    (folder / "bad.txt").write_bytes(data)
    result = run("bad.txt", "a.txt", "--rate", "1", code=2)
    assert message in result.stderr
    assert result.stdout == SIGNED


def test_a_text_to_keep_need_not_stand_in_every_file() -> None:
    result = run("a.txt", "b.txt", "--rate", "0.5", "--keep", "at six", "--keep", "Bob")
    assert "at six" in result.stdout
    assert result.stderr == "Note: --keep 'Bob' stands in none of the inputs\n"


def test_marks_are_written_at_cuts_and_counted() -> None:
    found = json.loads(run("a.txt", "--tokens", "12", "--mark", " […] ", "--json").stdout)
    assert "[…]" in found["text"]
    assert found["tokens_after"] <= 12


def test_a_folder_remembers(folder: Path) -> None:
    (folder / "a.txt").write_text(f"{REFUNDS} {SIGNED} Nothing else has this text.")
    run("a.txt", "--tokens", "9", "--cache", "kept")
    assert any((folder / "kept").rglob("*"))


GOOD = [
    ({"text": SIGNED}, "text", str),
    ({"id": 7, "documents": [SIGNED, REFUNDS], "query": "Who signed?"}, "documents", list),
    ({"documents": [{"title": "t", "text": REFUNDS, "n": 1}], "x": [1.5, None]}, "documents", list),
    ({"messages": CHAT, "model": "m"}, "messages", list),
    ({"text": "\ud800 lone. It rained on us."}, "text", str),
    ({"text": ""}, "text", str),
    ({"documents": []}, "documents", list),
]


@pytest.mark.parametrize(("value", "field", "kind"), GOOD)
def test_a_line_comes_back_with_its_field_shortened(
    value: dict[str, Any], field: str, kind: type
) -> None:
    (found,) = read(run("--jsonl", "--rate", "0.9", given=lines(value)).stdout)
    told = found.pop("promptc")
    assert list(found) == list(value)
    assert {**found, field: None} == {**value, field: None}
    assert isinstance(found[field], kind)
    assert told.keys() == {"line", "tokens_before", "tokens_after", "limit", "rate", "met"}
    assert told["tokens_after"] <= told["limit"]
    assert told["met"]


def test_a_line_has_its_own_question_or_that_of_the_call() -> None:
    given = lines({"text": SIGNED}, {"text": SIGNED, "query": "Where does the file lie?"})
    found = read(run("--jsonl", "--tokens", "9", "--query", "Who signed?", given=given).stdout)
    assert [each["text"] for each in found] == ["Anna signed on May 3.", "The file lies in box 7."]


def test_the_field_can_be_named() -> None:
    given = lines({"body": SIGNED, "text": "x"}, {"body": [SIGNED, REFUNDS]})
    found = read(run("--jsonl", "--rate", "0.5", "--text-field", "body", given=given).stdout)
    assert found[0]["text"] == "x"
    assert len(found[0]["body"]) < len(SIGNED)
    assert len(found[1]["body"]) == 2


BAD = [
    ("nope", "not JSON (Expecting value"),
    ("[" * 100_000, "not JSON ("),
    ("[1]", "must be a JSON object, not a list"),
    ('{"t": 1}', "has none of 'text', 'documents', 'messages'; name the field with --text-field"),
    ('{"text": "a", "messages": []}', "has 'text' and 'messages'; choose the one"),
    ('{"text": null}', "the field 'text' must be a string, not null"),
    ('{"text": ["a"]}', "the field 'text' must be a string, not a list"),
    ('{"documents": "a"}', "the field 'documents' must be a list, not a string"),
    ('{"documents": [3]}', "document 0 must be a text"),
    ('{"messages": [{"content": "a"}]}', "each of 'messages' must be an object with a 'role'"),
    ('{"text": "a", "query": 3}', "the field 'query' must be a string"),
    (json.dumps({"messages": CHAT[:1] * 9}), "what must be kept takes 66 tokens, and the budget "),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_a_bad_line_is_set_aside_and_the_rest_goes_on(folder: Path, bad: str, message: str) -> None:
    given = lines({"text": SIGNED}, bad, {"text": REFUNDS})
    args = ("--jsonl", "--tokens", "9", "--rejects", "bad.jsonl")
    result = run(*args, given=given, code=2)
    assert f"standard input:2: {message}" in result.stderr
    assert "Lines: 2 done, 1 set aside." in result.stderr
    assert [each["promptc"]["line"] for each in read(result.stdout)] == [1, 3]
    assert (folder / "bad.jsonl").read_text() == f"{bad}\n"


def test_lines_of_other_bytes_line_ends_and_marks_are_told_apart() -> None:
    given = (
        b'\xef\xbb\xbf{"text": "One."}\r\n\r\n  \n{"text": "caf\xe9"}\n{"text": "a\xe2\x80\xa8b"}'
    )
    result = run("--jsonl", "--rate", "1", given=given, code=2)
    assert [each["text"] for each in read(result.stdout.replace("\u2028", "|"))] == ["One.", "a|b"]
    assert "standard input:4: not UTF-8 (byte 0xe9 at 13 of the line)" in result.stderr


def test_rejects_are_begun_anew(folder: Path) -> None:
    (folder / "bad.jsonl").write_text("old\n")
    run("--jsonl", "--rate", "1", "--rejects", "bad.jsonl", given=lines({"text": "a"}))
    assert (folder / "bad.jsonl").read_text() == ""


MIXED = [{"id": "a", "text": SIGNED}, {"text": REFUNDS}, {"id": "a", "text": "Two."}, {"id": 3}]


def test_resume_does_what_is_missing_and_nothing_twice(folder: Path) -> None:
    (folder / "in.jsonl").write_text(lines(*MIXED))
    args = ("in.jsonl", "--jsonl", "--rate", "0.5", "--output", "out.jsonl")
    run(*args, code=2)
    full = (folder / "out.jsonl").read_bytes()
    assert full.count(b"\n") == 3
    for cut in range(len(full)):
        (folder / "out.jsonl").write_bytes(full[:cut])
        if cut % 40 == 0 or full[cut - 1 : cut] == b"\n":
            said = run(*args, "--resume", code=2).stderr
            assert (folder / "out.jsonl").read_bytes() == full
            skipped = full[:cut].count(b"\n")
            assert f"{3 - skipped} done" in said
            assert not skipped or f"{skipped} skipped" in said


def test_output_is_added_to(folder: Path) -> None:
    args = ("--jsonl", "--rate", "1", "--output", "out.jsonl")
    for text in ("One.", "Two."):
        run(*args, given=lines({"text": text}))
    found = read((folder / "out.jsonl").read_text())
    assert [each["text"] for each in found] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("old", "more", "message"),
    [
        (b'{"text": "a"', [], "ends in a part of a line; --resume cuts it off"),
        (b'{"text": "a"}\n', ["--resume"], "out.jsonl:1: promptc did not write this line"),
        (b"words\nwords", ["--resume"], "out.jsonl:1: not JSON"),
    ],
)
def test_an_output_of_something_else_is_left_alone(
    folder: Path, old: bytes, more: list[str], message: str
) -> None:
    (folder / "out.jsonl").write_bytes(old)
    given = lines({"text": "One."})
    args = ("--jsonl", "--rate", "1", "--output", "out.jsonl", *more)
    assert message in run(*args, given=given, code=2).stderr
    assert (folder / "out.jsonl").read_bytes() == old


def test_the_output_is_never_the_input_of_a_pipe(folder: Path) -> None:
    (folder / "in.jsonl").write_text(lines({"text": SIGNED}))
    pipe = f"{' '.join(COMMAND)} --jsonl --rate 1 < in.jsonl"
    for more in (">> in.jsonl", "--output in.jsonl"):
        done = subprocess.run(f"{pipe} {more}", shell=True, capture_output=True, check=False)
        assert done.returncode == 2, more
        assert (folder / "in.jsonl").read_text() == lines({"text": SIGNED})


@POSIX
def test_a_reader_that_has_enough_ends_the_run_well(folder: Path) -> None:
    (folder / "in.jsonl").write_text(lines({"text": SIGNED}) * 5000)
    bash = shutil.which("bash") or pytest.skip("no bash")
    pipe = f"{' '.join(COMMAND)} in.jsonl --jsonl --rate 0.5 | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        [bash, "-c", pipe], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(read(done.stdout)) == 1


@POSIX
def test_a_reader_of_a_long_text_may_leave(folder: Path) -> None:
    (folder / "a.txt").write_text(f"{SIGNED}\n" * 9000)
    bash = shutil.which("bash") or pytest.skip("no bash")
    pipe = f"{' '.join(COMMAND)} a.txt --rate 1 | head -c 4; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run([bash, "-c", pipe], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Anna", "")


@POSIX
def test_a_reader_of_messages_that_leaves_does_not_stop_the_work(folder: Path) -> None:
    (folder / "in.jsonl").write_text(lines("bad", {"text": SIGNED}) * 300)
    bash = shutil.which("bash") or pytest.skip("no bash")
    args = "in.jsonl --jsonl --rate 0.5 --output out.jsonl"
    pipe = f"{' '.join(COMMAND)} {args} 2>&1 | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run([bash, "-c", pipe], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("in.jsonl:1: not JSON")
    assert len(read((folder / "out.jsonl").read_text())) == 300


@POSIX
@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("a.txt --rate 1 >&-", "Error: standard output: it is closed; name a file with --output\n"),
        ("--rate 1 <&-", "Error: standard input: it is closed; name a file\n"),
    ],
)
def test_a_closed_stream_is_said(args: str, message: str) -> None:
    shell = f"{' '.join(COMMAND)} {args}"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, message)


@POSIX
def test_lines_come_out_as_they_go_in() -> None:
    with subprocess.Popen(
        [*COMMAND, "--jsonl", "--rate", "0.5"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdin
        assert child.stdout
        for number in (1, 2):
            child.stdin.write(lines({"text": SIGNED}).encode())
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["promptc"]["line"] == number
        child.stdin.close()
        assert child.wait(30) == 0


@POSIX
def test_an_interrupt_leaves_whole_lines_that_resume_goes_on_with(folder: Path) -> None:
    many = [{"id": number, "text": f"{number}. {SIGNED} {REFUNDS}"} for number in range(3000)]
    (folder / "in.jsonl").write_text(lines(*many))
    out = folder / "out.jsonl"
    args = ["in.jsonl", "--jsonl", "--rate", "0.5", "--output", "out.jsonl"]
    child = subprocess.Popen([*COMMAND, *args], stderr=subprocess.PIPE, text=True)
    while not (out.exists() and out.stat().st_size) and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said.startswith("Interrupted. Lines: ")
    assert said.endswith("Run it again with --resume to go on.\n")
    assert said.count("\n") == 1
    done = len(read(out.read_text()))
    assert 0 < done < 3000
    assert out.read_bytes().endswith(b"\n")
    assert f"{done:,} skipped" in run(*args, "--resume").stderr
    assert [each["id"] for each in read(out.read_text())] == list(range(3000))


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_said_without_a_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "a.txt", "--rate", "1"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == ("Error: standard output: can't be written (No space left on device)\n")


@POSIX
def test_a_line_that_no_longer_fits_is_taken_back(folder: Path) -> None:
    (folder / "in.jsonl").write_text(lines({"text": SIGNED}) * 9)
    done = subprocess.run(
        [*COMMAND, "in.jsonl", "--jsonl", "--rate", "1", "--output", "out.jsonl"],
        stderr=subprocess.PIPE, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400)),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "Error: out.jsonl: can't be written (File too large); free some space on its disk\n"
    )
    assert len(read((folder / "out.jsonl").read_text())) == 2


@POSIX
def test_a_terminal_sees_a_bar_and_a_pipe_does_not(folder: Path) -> None:
    import pty

    (folder / "in.jsonl").write_text(
        lines(*({"text": f"{n} {SIGNED} {REFUNDS}" * 9} for n in range(400)))
    )
    own, other = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "in.jsonl", "--jsonl", "--rate", "0.5"], stdout=subprocess.PIPE, stderr=other
    ) as child:
        os.close(other)
        assert child.stdout
        assert child.stdout.read().count(b"\n") == 400
        said = b""
        try:
            while block := os.read(own, 65536):
                said += block
        except OSError:
            pass
    os.close(own)
    assert b"\x1b[2KLines: 400 done." in said
    assert b" of 400 lines" in said
