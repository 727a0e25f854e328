"""Requests to a server that may be slow, busy, broken or gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from promptc.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

MOST = 256 << 20
"""Bytes of an answer; a longer one is not read."""
_BLOCK = 1 << 20
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 30.0
_SHOWN = 200


class Server:
    """Sends JSON to *address* and reads JSON: *tries* times, each at most *timeout* seconds.

    What is busy or broken is asked again, after the time that it gives, or after longer each time.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str = "",
        timeout: float = 60.0,
        tries: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import urllib3

        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"remote:{address}: write the server's address, as remote:http://localhost:8000/v1"
            )
        self._address = address.rstrip("/")
        self.host = parts.netloc.rpartition("@")[2]
        self._tries, self._sleep = tries, sleep
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._timeout = timeout
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=timeout))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send *body* and return the answer; raise `ModelError` where there is none."""
        return self._ask("POST", path, json.dumps(body).encode())

    def only_model(self) -> str:
        """The model that the server has; raise `ConfigError` where it has none or several."""
        data = self._ask("GET", "/models", None).get("data")
        names = [str(each["id"]) for each in data or () if isinstance(each, dict) and "id" in each]
        if len(names) != 1:
            has = f"has {', '.join(names[:9])}" if names else "names no model"
            raise ConfigError(f"{self.host} {has}; add ',model=NAME' to the scorer")
        return names[0]

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        import urllib3

        why, wait = "", _FIRST_WAIT
        for attempt in range(self._tries):
            if attempt:
                self._sleep(wait)
            wait = _FIRST_WAIT * 2**attempt * 2
            try:
                status, headers, data = self._once(method, path, body)
            except urllib3.exceptions.HTTPError as error:
                why = _said(error, self._timeout)
                continue
            if status in _AGAIN:
                why = f"it answered {status}: {_shown(data)}"
                wait = _retry_after(headers.get("Retry-After"), wait)
                continue
            if status != 200:
                raise ModelError(f"{self.host}: {path} answered {status}: {_shown(data)}")
            return self._read(data, path)
        raise ModelError(f"{self.host}: no answer after {self._tries} tries: {why}")

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, Any, bytes]:
        response = self._pool.request(
            method,
            self._address + path,
            body=body,
            headers=self._headers,
            redirect=False,
            preload_content=False,
        )
        try:
            return response.status, response.headers, self._body(response)
        finally:
            response.close()

    def _body(self, response: BaseHTTPResponse) -> bytes:
        """Read an answer to its end, within the time of a try."""
        end = time.monotonic() + self._timeout
        blocks, size = list[bytes](), 0
        while block := response.read(_BLOCK):
            blocks.append(block)
            size += len(block)
            if size > MOST:
                raise ModelError(f"{self.host}: an answer of more than {MOST >> 20} MB")
            if time.monotonic() > end:
                raise ModelError(f"{self.host}: its answer took longer than {self._timeout:g} s")
        return b"".join(blocks)

    def _read(self, data: bytes, path: str) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ModelError(f"{self.host}: {path} answered what is no JSON object: {_shown(data)}")
        return found


def _said(error: Exception, timeout: float) -> str:
    import urllib3

    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"it took longer than {timeout:g} s"
    return f"the connection broke ({type(error).__name__})"


def _retry_after(given: str | None, default: float) -> float:
    """Seconds that a server asks to wait: a number, or a date."""
    if given is None:
        return default
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except ValueError:
            return default
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _shown(data: bytes) -> str:
    text = " ".join(data[: 4 * _SHOWN].decode(errors="replace").split())
    return text[:_SHOWN] or "nothing"
