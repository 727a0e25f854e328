"""One question to an OpenAI-compatible endpoint, however badly the network behaves."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from promptc.errors import JudgeError

LARGEST = 1_000_000
"""Bytes of an answer that are read; a longer one is none."""
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_PATH = "/chat/completions"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_WAIT = 30.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the key is for the endpoint that the user named."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers, and how long to wait for it.

    *url* may end before ``/chat/completions``. *timeout* is in seconds for each try. A try that
    times out, is refused for now (429, 5xx), cut off or answered with garbage is made again, up to
    *attempts* in all; *wait* sleeps between them.
    """

    url: str
    model: str
    key: str = ""
    timeout: float = 60.0
    attempts: int = 4
    wait: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise JudgeError(f"{self.url!r} is no URL of an endpoint; write https://host/v1")
        if self.key and parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise JudgeError(f"{self.url}: the key would be sent unencrypted; use https")

    def ask(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        """What the model answers; ``None`` where no try brought an answer.

        Raises `JudgeError` where another try can't help: a wrong key, model or address.
        """
        pause = 1.0
        for left in reversed(range(self.attempts)):
            answer, wanted = self._try(messages)
            if answer is not None:
                return answer
            if left:
                self.wait(min(wanted or pause, _LONGEST_WAIT))
                pause *= 2
        return None

    def _try(self, messages: Sequence[Mapping[str, str]]) -> tuple[str | None, float]:
        """An answer, or none and the seconds that the server asks to wait."""
        opener = urllib.request.build_opener(_Stay())
        try:
            with opener.open(self._request(messages), timeout=self.timeout) as response:
                data = response.read(LARGEST + 1)
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _AGAIN:
                    raise JudgeError(self._refused(error.code)) from None
                return None, _seconds(error.headers.get("Retry-After"))
        except (OSError, HTTPException):
            return None, 0.0
        return (_content(data) if len(data) <= LARGEST else None), 0.0

    def _request(self, messages: Sequence[Mapping[str, str]]) -> urllib.request.Request:
        body = {"model": self.model, "messages": list(messages), "temperature": 0}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        url = self.url.rstrip("/")
        url = url if url.endswith(_PATH) else url + _PATH
        return urllib.request.Request(url, json.dumps(body).encode(), headers)

    def _refused(self, code: int) -> str:
        what = {
            401: "the key is not accepted; set it in the environment",
            403: "the key may not use it",
            404: f"there is no such address, or no model {self.model!r}",
        }.get(code, "the request is not accepted")
        return f"{self.url} answered {code}: {what}"


def _content(data: bytes) -> str | None:
    """The text of an answer; ``None`` for what is not one."""
    try:
        found = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0
