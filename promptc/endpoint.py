"""One question to an OpenAI-compatible endpoint, however badly the network behaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from promptc.errors import ConfigError, JudgeError, ServerError
from promptc.server import NoAnswer, Server, check

LARGEST = 1_000_000
"""Bytes of an answer that are read; a longer one is none."""
_PATH = "/chat/completions"
_REFUSED = {
    401: "the key is not accepted; set it in the environment",
    403: "the key may not use it",
}


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
        try:
            check(self.url, self.key.strip())
        except ConfigError as error:
            raise JudgeError(str(error)) from None

    @cached_property
    def _server(self) -> Server:
        return Server(
            self.url.rstrip("/").removesuffix(_PATH),
            key=self.key,
            timeout=self.timeout,
            tries=self.attempts,
            most=LARGEST,
            sleep=self.wait,
        )

    def ask(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        """What the model answers; ``None`` where no try brought an answer.

        Raises `JudgeError` where another try can't help: a wrong key, model or address.
        """
        body = {"model": self.model, "messages": list(messages), "temperature": 0}
        try:
            answer: str = self._server.post(_PATH, body, _content)
        except NoAnswer:
            return None
        except ServerError as error:
            raise JudgeError(f"{self.url} answered {error.status}: {self._why(error)}") from None
        return answer

    def _why(self, error: ServerError) -> str:
        if error.status == 404:
            return f"there is no such address, or no model {self.model!r}"
        return _REFUSED.get(error.status, "the request is not accepted")


def _content(answer: dict[str, Any]) -> str | None:
    """The text of an answer; ``None`` for what is not one."""
    try:
        found = answer["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        return None
    return found if isinstance(found, str) else None
