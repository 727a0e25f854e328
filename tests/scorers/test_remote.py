"""A real server on this machine that speaks OpenAI's completions, and does all that servers do."""

from __future__ import annotations

import gzip
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from promptc.errors import ConfigError, DeadlineError, ModelError
from promptc.protocols import Scores
from promptc.scorers.named import read
from promptc.scorers.remote import Remote
from promptc.scorers.shared import Shared
from promptc.server import Server
from tests.compressing.samples import prose
from tests.scorers.tiny import byte_level

Answer = Callable[["Serving", dict[str, Any]], None]


class Serving(BaseHTTPRequestHandler):
    """Answers with what the test says; *seen* are the requests."""

    protocol_version = "HTTP/1.1"
    answers: list[Answer]
    seen: list[dict[str, Any]]

    def do_GET(self) -> None:
        self.send({"data": [{"id": name} for name in self.server.models]})  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({**body, "key": self.headers.get("Authorization")})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(self, body)

    def send(self, body: Any, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given: Any) -> None:
        """Say nothing."""


def tokens(text: str) -> list[tuple[int, str]]:
    """The tokens of *text*, written as a server writes them one by one."""
    ids = byte_level()(text, add_special_tokens=False)["input_ids"]
    return [(each, byte_level().decode([each])) for each in ids]


def logprob(id: int) -> float:
    return -1.0 - id % 7


def vllm(serving: Serving, body: dict[str, Any]) -> None:
    """What vLLM answers: for each token the one that stands there, and the likeliest."""
    choices = []
    for at, prompt in enumerate(body["prompt"]):
        known: list[Any] = [None]
        for id, shown in tokens(prompt):
            other = {"999": {"logprob": -0.5, "rank": 1, "decoded_token": "other"}}
            own = {str(id): {"logprob": logprob(id), "rank": 2, "decoded_token": shown}}
            known.append({**own, **other})
        choices.append({"index": at, "text": "x", "prompt_logprobs": known})
    serving.send({"choices": choices[::-1]})


def echo(serving: Serving, body: dict[str, Any]) -> None:
    """What a server answers that echoes the prompt, and goes on with one token."""
    if not body.get("echo"):
        serving.send({"choices": [{"index": n, "text": "x"} for n in range(len(body["prompt"]))]})
        return
    choices = []
    for at, prompt in enumerate(body["prompt"]):
        found = tokens(prompt)
        offsets = np.cumsum([0, *(len(shown) for _, shown in found)]).tolist()
        known = {
            "tokens": [*(shown for _, shown in found), " more"],
            "token_logprobs": [None, *(logprob(id) for id, _ in found[1:]), -0.1],
            "text_offset": offsets,
        }
        choices.append({"index": at, "text": prompt, "logprobs": known})
    serving.send({"choices": choices})


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, list[dict[str, Any]]]]]:
    """Start a server that gives *answers* one after the other, the last one for ever."""
    running: list[ThreadingHTTPServer] = []

    def start(*answers: Answer, models: tuple[str, ...] = ("m",)) -> Any:
        seen: list[dict[str, Any]] = []
        kind = type("Own", (Serving,), {"answers": list(answers), "seen": seen})
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        server.models = models  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}/v1", seen

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def remote(address: str, options: str = "", **given: Any) -> Remote:
    named = read(f"remote:{address}{options}")
    return Remote(Server(address, **{"timeout": 5.0, "sleep": lambda _: None, **given}), named)


def score(reader: Remote, text: str, query: str = "") -> Scores:
    (found,) = Shared(reader).score([text], query)
    return found


def expected(text: str) -> list[float]:
    """Bits of the tokens of *text* that are not white space alone."""
    return [-logprob(id) / math.log(2) for id, shown in tokens(text) if shown.strip()]


@pytest.mark.parametrize("speaks", [vllm, echo])
def test_bits_are_those_that_the_server_gives(serve: Any, speaks: Answer) -> None:
    address, seen = serve(speaks)
    text = "Anna signed the lease.\nIt rained."
    found = score(remote(address), text)
    assert found.bits[1:].tolist() == pytest.approx(expected(text)[1:], rel=1e-5)
    assert len(found.bits) == len(expected(text))
    assert "".join(text[a:b] for a, b in found.spans.tolist()) == "".join(text.split())
    assert {each["model"] for each in seen} == {"m"}


def test_a_first_token_without_a_probability_counts_as_the_mean(serve: Any) -> None:
    address, _ = serve(echo)
    found = score(remote(address, ",api=echo"), "Anna signed the lease.")
    assert found.bits[0] == pytest.approx(found.bits[1:].mean(), rel=1e-5)


def test_a_server_that_only_echoes_is_asked_once_for_more(serve: Any) -> None:
    address, seen = serve(echo)
    reader = remote(address)
    score(reader, "Anna signed.")
    score(reader, "It rained.")
    assert ["prompt_logprobs" in each for each in seen] == [True, False, False]


def test_parts_of_characters_are_one_token(serve: Any) -> None:
    address, _ = serve(vllm)
    text = "Great 🎉 news, 東京 too"
    found = score(remote(address), text)
    assert "".join(text[a:b] for a, b in found.spans.tolist()) == "".join(text.split())
    assert found.bits.sum() == pytest.approx(sum(expected(text)), rel=1e-5)


def test_a_long_text_is_sent_in_parts_with_what_stands_before(serve: Any) -> None:
    address, seen = serve(vllm)
    text = prose(40)
    found = score(remote(address, ",window=500,context=50,batch=3"), text)
    prompts = [each for request in seen for each in request["prompt"]]
    assert len(prompts) > 4 and all(len(each) <= 550 for each in prompts)
    assert all(len(each["prompt"]) <= 3 for each in seen)
    assert "".join(text[a:b] for a, b in found.spans.tolist()) == "".join(text.split())


def test_a_question_is_sent_before_each_part(serve: Any) -> None:
    address, seen = serve(vllm)
    found = score(remote(address), "Anna signed.", "Who signed?")
    assert sorted(p for each in seen for p in each["prompt"]) == [
        "Anna signed.", "Who signed?\nAnna signed.",
    ]  # fmt: skip
    # This server says the same with the question and without it.
    assert found.bits.tolist() == pytest.approx(expected("Anna signed."), rel=1e-5)


def status(code: int, **headers: str) -> Answer:
    return lambda serving, _: serving.send({"error": "no"}, code, **headers)


def cut(serving: Serving, _: dict[str, Any]) -> None:
    serving.send_response(200)
    serving.send_header("Content-Length", "1000")
    serving.end_headers()
    serving.wfile.write(b'{"choices": [')
    serving.close_connection = True


def hang(serving: Serving, _: dict[str, Any]) -> None:
    threading.Event().wait(1.0)
    serving.close_connection = True


def test_a_busy_server_is_asked_again_when_it_says(serve: Any) -> None:
    address, seen = serve(status(429, Retry_After="7"), status(503), vllm)
    waits: list[float] = []
    found = score(remote(address, sleep=waits.append), "Anna signed.")
    assert len(found.bits) and len(seen) == 3
    assert waits == [7.0, 1.0]


def test_a_date_to_retry_after_and_an_endless_wait_are_bounded(serve: Any) -> None:
    past, future = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2099 07:28:00 GMT"
    told = [status(429, Retry_After=each) for each in ("1000000", past, future, "soon", "-3")]
    address, _ = serve(*told, vllm)
    waits: list[float] = []
    score(remote(address, tries=6, sleep=waits.append), "Anna signed.")
    assert waits == [30.0, 0.0, 30.0, 4.0, 0.0]


def test_a_cut_connection_is_tried_again(serve: Any) -> None:
    address, seen = serve(cut, vllm)
    assert len(score(remote(address), "Anna signed.").bits)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (cut, "no answer after 2 tries: the connection broke"),
        (hang, r"no answer after 2 tries: it took longer than 0\.2 s"),
        (status(429, Retry_After="0"), "it answered 429"),
        (status(400), r'/completions answered 400: {"error": "no"}'),
        (status(302, Location="http://127.0.0.1:1/"), "answered 302"),
        (lambda s, _: s.send(b"<html>gateway</html>"), "no JSON object: <html>gateway"),
        (lambda s, _: s.send([1]), "no JSON object"),
        (lambda s, _: s.send({"choices": 3}), "it has no choices"),
        (lambda s, _: s.send({"choices": []}), "1 prompts were sent and 0 came back"),
        (lambda s, _: s.send({"choices": [{"text": "x"}]}), "it has no logprobs"),
        (lambda s, _: s.send({"choices": [{"prompt_logprobs": [None, 5]}]}), "is no mapping"),
        (
            lambda s, _: s.send(
                {"choices": [{"logprobs": {"tokens": ["a"], "token_logprobs": [1, 2]}}]}
            ),
            "1 tokens and 2 log-probabilities",
        ),
        (
            lambda s, _: s.send(
                {"choices": [{"logprobs": {"tokens": ["Anna"], "token_logprobs": ["low"]}}]}
            ),
            "a log-probability is 'low'",
        ),
        (
            lambda s, _: s.send(
                {"choices": [{"logprobs": {"tokens": ["Anna"], "token_logprobs": [-1.0]}}]}
            ),
            "it read 4 of 12 characters",
        ),
        (
            lambda s, _: s.send(
                {"choices": [{"logprobs": {"tokens": ["Bertha"], "token_logprobs": [-1.0]}}]}
            ),
            "'Bertha' does not stand at 0",
        ),
    ],
)  # fmt: skip
def test_what_a_server_does_wrong_is_said(serve: Any, answer: Answer, said: str) -> None:
    address, _ = serve(answer)
    reader = remote(address, tries=2, timeout=0.2 if answer is hang else 5.0)
    with pytest.raises(ModelError, match=said):
        score(reader, "Anna signed.")


def test_nothing_listens_there() -> None:
    with pytest.raises(ModelError, match="nothing listens there"):
        score(remote("http://127.0.0.1:9/v1", ",model=m", tries=1), "Anna signed.")


@pytest.mark.parametrize("address", ["", "localhost:8000", "ftp://a/b", "http://", "http://a:b/"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is no URL of a server; write one as https://host/v1"):
        Server(address)


@pytest.mark.parametrize("key", ["two words", "a\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="characters that no key has"):
        Server("https://example.com/v1", key=key)


def test_a_line_end_after_a_key_is_none_of_it(serve: Any) -> None:
    address, seen = serve(vllm)
    score(remote(address, key="secret\n"), "Anna signed.")
    assert seen[0]["key"] == "Bearer secret"


def test_an_answer_without_end_is_read_to_its_limit(serve: Any) -> None:
    address, _ = serve(vllm)
    with pytest.raises(ModelError, match="an answer of more than 100 bytes"):
        score(remote(address, tries=2, most=100), "Anna signed the lease. " * 20)


def test_an_answer_that_trickles_in_is_given_up(serve: Any) -> None:
    def trickle(serving: Serving, _: dict[str, Any]) -> None:
        serving.send_response(200)
        serving.send_header("Content-Length", "100")
        serving.end_headers()
        for _byte in range(100):
            serving.wfile.write(b" ")
            threading.Event().wait(0.05)

    address, _ = serve(trickle)
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"no answer after 1 tries: it took longer than 0\.3 s"):
        score(remote(address, ",model=m", tries=1, timeout=0.3), "Anna signed.")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_may_be_packed_and_come_in_chunks(serve: Any, chunked: bool) -> None:
    def squeezed(serving: Serving, body: dict[str, Any]) -> None:
        sent: list[Any] = []
        plain = type("Plain", (), {"send": lambda _, found: sent.append(found)})()
        vllm(plain, body)
        data = gzip.compress(json.dumps(sent[0]).encode())
        serving.send_response(200)
        serving.send_header("Content-Encoding", "gzip")
        serving.send_header(
            *(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(data))))
        )
        serving.end_headers()
        for part in (data[:15], data[15:], b"") if chunked else ():
            serving.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if not chunked:
            serving.wfile.write(data)

    address, seen = serve(squeezed)
    assert len(score(remote(address, ",model=m"), prose(30)).bits) > 50
    assert len(seen) == 1


def test_a_proxy_of_the_environment_is_asked(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address, seen = serve(vllm)
    monkeypatch.setenv("http_proxy", address.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "")
    reader = remote("http://models.example/v1", ",model=m")
    assert len(score(reader, "Anna signed.").bits)
    assert len(seen) == 1


def test_what_is_on_this_machine_is_asked_without_a_proxy(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, seen = serve(vllm)
    other, proxied = serve(vllm)
    monkeypatch.setenv("http_proxy", other.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "")
    assert len(score(remote(address, ",model=m"), "Anna signed.").bits)
    assert (len(seen), len(proxied)) == (1, 0)


@pytest.mark.parametrize(
    ("proxy", "asked"),
    [("localhost:3128", "localhost"), ("http://me:a%40b@proxy.example:1", "proxy.example")],
)
def test_a_proxy_may_lack_its_scheme_and_have_a_password(
    proxy: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("no_proxy", "models.local")
    pool: Any = Server("https://models.example/v1")._pool
    assert pool.proxy.host == asked
    if "@" in proxy:
        assert pool.proxy_headers == {"proxy-authorization": "Basic bWU6YUBi"}
    assert not hasattr(Server("https://models.local/v1")._pool, "proxy_config") or (
        getattr(Server("https://models.local/v1")._pool, "proxy", None) is None
    )


def test_a_proxy_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://me:secret@proxy.example:1")
    with pytest.raises(ConfigError, match=r"the proxy 'proxy\.example:1' is none"):
        Server("https://models.example/v1")


class Flight:
    """Answers as *vllm* does, once so many requests are there; *most* were there at a time."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.now, self.most = wanted, 0, 0
        self.changed = threading.Condition()

    def __call__(self, serving: Serving, body: dict[str, Any]) -> None:
        with self.changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= self.wanted, 5)
        vllm(serving, body)
        with self.changed:
            self.now -= 1


def test_several_requests_are_on_their_way_and_the_order_is_kept(serve: Any) -> None:
    text = prose(40)
    address, _ = serve(vllm)
    one = score(remote(address, ",window=500,batch=1,parallel=1"), text)
    flight = Flight(3)
    address, seen = serve(flight)
    found = score(remote(address, ",window=500,batch=1,parallel=3"), text)
    assert (flight.most, len(seen) > 4) == (3, True)
    assert found.spans.tolist() == one.spans.tolist()
    assert found.bits.tolist() == one.bits.tolist()


def test_no_more_requests_are_on_their_way_than_told(serve: Any) -> None:
    flight = Flight(1)
    address, seen = serve(flight)
    reader = Shared(remote(address, ",window=100,batch=1,parallel=2"))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda at: reader.score([prose(6)[at:]]), range(6)))
    assert len(seen) > 6
    assert flight.most <= 2


def test_a_deadline_ends_the_wait_for_all_requests(serve: Any) -> None:
    address, _ = serve(hang)
    began = time.monotonic()

    def hurry() -> None:
        if time.monotonic() - began > 0.1:
            raise DeadlineError("late")

    reader = Shared(remote(address, ",model=m,window=100,batch=1", timeout=5.0))
    with pytest.raises(DeadlineError):
        reader.score([prose(20)], "", hurry)
    assert time.monotonic() - began < 0.9
    assert reader.counts.given_up == 1


def test_one_request_that_fails_fails_its_text_and_no_other(serve: Any) -> None:
    def picky(serving: Serving, body: dict[str, Any]) -> None:
        if any("rained" in each for each in body["prompt"]):
            return status(400)(serving, body)
        return vllm(serving, body)

    address, _ = serve(picky)
    reader = Shared(remote(address, ",model=m,batch=1,window=100,context=0"))
    with pytest.raises(ModelError, match="answered 400"):
        reader.score(["Anna signed. " * 20 + "It rained. " * 20])
    assert len(reader.score(["Anna signed."])[0].bits)


def test_of_several_models_one_must_be_named(serve: Any) -> None:
    address, seen = serve(vllm, models=("one", "two"))
    with pytest.raises(ConfigError, match="has one, two; add ',model=NAME'"):
        remote(address)
    score(remote(address, ",model=two"), "Anna signed.")
    assert seen[0]["model"] == "two"


def test_a_key_is_sent_only_where_it_is_named(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from promptc.scorers import scorer

    address, seen = serve(vllm)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    for name in (f"remote:{address}", f"remote:{address},key=OPENAI_API_KEY"):
        scorer(name).score(["Anna signed."])
    assert [each["key"] for each in seen] == [None, "Bearer secret"]
    assert "secret" not in scorer(f"remote:{address},key=OPENAI_API_KEY").name
    with pytest.raises(ConfigError, match="no such environment variable"):
        scorer(f"remote:{address},key=NOTHING_HERE")


def test_a_key_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    from promptc.scorers import scorer

    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with pytest.raises(ConfigError, match="would be sent unencrypted; use https"):
        scorer("remote:http://example.com/v1,model=m,key=OPENAI_API_KEY")
