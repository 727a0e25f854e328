"""The check `judge`, against a real server that answers as badly as real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from promptc.analysis.significance import difference
from promptc.checks.judge import Judge
from promptc.endpoint import Endpoint
from promptc.errors import JudgeError

Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def say(text: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        send(handler, 200, json.dumps({"choices": [{"message": {"content": text}}]}).encode())

    return reply


def send(handler: BaseHTTPRequestHandler, code: int, data: bytes, **headers: str) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def status(code: int, **headers: str) -> Reply:
    return lambda handler, body: send(handler, code, b"{}", **headers)


def garbage(data: bytes) -> Reply:
    return lambda handler, body: send(handler, 200, data)


def cut(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.connection.close()


class Served:
    """A server that plays *replies* in turn, the last one for ever, and notes what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""
        self.let_go = threading.Event()

    def endpoint(self, **given: Any) -> Endpoint:
        self.waits: list[float] = []
        settings: dict[str, Any] = {"timeout": 5.0, "wait": self.waits.append} | given
        return Endpoint(self.url, "m", **settings)

    def hang(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.let_go.wait(10)


@contextmanager
def served(*replies: Reply) -> Iterator[Served]:
    state = Served(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append({**body, "path": self.path})
            state.keys.append(self.headers["Authorization"])
            reply = state.replies.pop(0) if len(state.replies) > 1 else state.replies[0]
            reply(self, body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield state
    finally:
        state.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def prefers(text: str) -> Reply:
    """Name the version that holds *text*; SAME where both or neither do."""

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        one, _, two = body["messages"][1]["content"].partition("</version_a>")
        said = "SAME" if (text in one) == (text in two) else "A" if text in one else "B"
        say(said)(handler, body)

    return reply


PAIRS = [(f"Never bill {n}.", f"Bill {n}.") for n in range(8)]


def test_a_judge_that_prefers_the_text_before_fails_the_check() -> None:
    with served(prefers("Never")) as server:
        result = Judge(server.endpoint()).judged(PAIRS)
    assert (result.passed, result.score) == (False, 0.0)
    assert result.detail[0] == "8 pairs: 0 better after, 8 worse, 0 the same"
    assert len(server.asked) == 16
    assert server.asked[0]["path"] == "/v1/chat/completions"
    assert (server.asked[0]["model"], server.asked[0]["temperature"]) == ("m", 0)


def test_a_judge_that_always_names_the_first_proves_nothing() -> None:
    with served(say("A")) as server:
        result = Judge(server.endpoint()).judged(PAIRS)
    assert result.passed
    assert result.detail[0] == "8 pairs: 0 better after, 0 worse, 8 the same"


def test_a_single_bad_verdict_is_within_chance() -> None:
    with served(prefers("Never bill 3")) as server:
        result = Judge(server.endpoint()).judged(PAIRS)
    assert result.passed
    assert result.score < 0.5
    assert "could show a difference of" in result.detail[2]


def test_equal_texts_are_not_asked_about() -> None:
    with served(say("A")) as server:
        assert Judge(server.endpoint()).verdict("x", "x") == 0
    assert server.asked == []


class Remembered(dict[str, dict[str, Any]]):
    def put(self, key: str, value: dict[str, Any]) -> str:
        self[key] = value
        return ""


def test_a_verdict_is_asked_for_once() -> None:
    memory = Remembered()
    with served(prefers("Never")) as server:
        judge = Judge(server.endpoint(), memory)
        assert judge.judged(PAIRS) == judge.judged(PAIRS)
    assert len(server.asked) == len(memory) == 16


@pytest.mark.parametrize(
    "trouble",
    [
        status(429, Retry_After="7"),
        status(503),
        garbage(b"<html>busy</html>"),
        garbage(b'{"choices": []}'),
        garbage(b'{"choices": [{"message": {"content": null}}]}'),
        garbage(b"[" * 100_000),
        garbage(b"\xff\xfe\x00"),
        cut,
    ],
)
def test_trouble_that_passes_is_waited_out(trouble: Reply) -> None:
    with served(trouble, trouble, say("B")) as server:
        assert server.endpoint().ask([{"role": "user", "content": "?"}]) == "B"
        assert len(server.asked) == 3
        assert len(server.waits) == 2


def test_the_server_says_how_long_to_wait_up_to_a_limit() -> None:
    with served(status(429, Retry_After="7"), status(429, Retry_After="9999"), say("A")) as server:
        server.endpoint().ask([])
        assert server.waits == [7.0, 30.0]


def test_a_date_to_come_back_at_is_waited_for() -> None:
    past, future = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2099 07:28:00 GMT"
    with served(
        status(503, Retry_After=past), status(529, Retry_After=future), status(409), say("A")
    ) as server:
        assert server.endpoint().ask([]) == "A"
        assert server.waits == [0.0, 30.0, 2.0]


def test_an_answer_of_more_than_a_megabyte_is_none() -> None:
    with served(say("A" * 1_000_001), say("B")) as server:
        assert server.endpoint().ask([]) == "B"


def test_an_address_may_name_the_whole_path() -> None:
    with served(say("A")) as server:
        server.url += "/chat/completions/"
        server.endpoint().ask([])
        assert server.asked[0]["path"] == "/v1/chat/completions"


def test_a_server_that_hangs_is_given_up() -> None:
    with served(say("A")) as server:
        server.replies = [server.hang]
        assert server.endpoint(timeout=0.2, attempts=2).ask([]) is None


def test_no_server_at_all_is_an_error_that_says_so() -> None:
    with served(say("A")) as server:
        endpoint = server.endpoint(attempts=2)
    with pytest.raises(JudgeError, match="no verdict on any of 8 pairs"):
        Judge(endpoint).judged(PAIRS)


def test_pairs_without_a_verdict_are_left_out_and_counted() -> None:
    with served(*[say("SAME")] * 4, say("I would rather not.")) as server:
        result = Judge(server.endpoint()).judged(PAIRS[:4])
    assert result.detail[0].startswith("2 pairs")
    assert result.detail[-1] == "2 pairs without a verdict are left out"


@pytest.mark.parametrize(("code", "why"), [(401, "key"), (404, "'m'"), (400, "not accepted")])
def test_what_another_try_cannot_help_is_an_error(code: int, why: str) -> None:
    with served(status(code)) as server, pytest.raises(JudgeError, match=why):
        server.endpoint().ask([])
    assert len(server.asked) == 1


def test_a_redirect_takes_no_key_elsewhere() -> None:
    with served(say("A")) as other, served(status(302, Location=other.url)) as server:
        with pytest.raises(JudgeError, match="302"):
            server.endpoint(key="secret").ask([])
        assert server.keys == ["Bearer secret"]
        assert other.asked == []


@pytest.mark.parametrize("url", ["", "ftp://x/v1", "example.com/v1", "file:///etc/passwd"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(JudgeError, match="no URL"):
        Endpoint(url, "m")


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(JudgeError, match="https"):
        Endpoint("http://example.com/v1", "m", "secret")
    assert Endpoint("http://localhost:1/v1", "m", "secret").key == "secret"


def test_an_interval_holds_the_true_difference_nineteen_times_in_twenty() -> None:
    """The share of draws whose interval holds it, summed exactly over all outcomes."""
    from math import comb

    n, win, lose = 20, 0.1, 0.2
    held = 0.0
    for w in range(n + 1):
        for losses in range(n + 1 - w):
            same = n - w - losses
            ways = comb(n, w) * comb(n - w, losses)
            found = difference(w, losses, same)
            if found.low <= win - lose <= found.high:
                held += ways * win**w * lose**losses * (1 - win - lose) ** same
    assert 0.93 <= held <= 0.99


def test_more_verdicts_show_smaller_differences() -> None:
    least = [difference(n // 10, n // 10, n - 2 * (n // 10)).least for n in (10, 100, 1000)]
    assert least == sorted(least, reverse=True)
    assert difference(0, 0, 0) == (0, 0.0, -1.0, 1.0, 1.0)
