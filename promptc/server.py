"""Requests to a server that speaks JSON and may be slow, busy, broken or gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from promptc.errors import ConfigError, ServerError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

MOST = 256 << 20
"""Bytes of an answer; of a longer one no more is read."""
_BLOCK = 1 << 20
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_SHOWN = 200

Wanted = Callable[[dict[str, Any]], Any]


class NoAnswer(ServerError):  # noqa: N818 - says what is missing
    """No try brought an answer; a later one may."""


class _Failed(NamedTuple):
    """A try that may be made again: *why* it failed, and the seconds that the server asks for."""

    why: str
    wait: float | None = None


def check(address: str, key: str = "") -> None:
    """Raise `ConfigError` where *address* is none, or takes *key* over a network in the clear."""
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https"):
        raise ConfigError(f"{address!r} is no URL of a server; write one as https://host/v1")
    if not key.isprintable() or not key.isascii() or " " in key:
        raise ConfigError(f"{address}: its key has characters that no key has; set it anew")
    if key and parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise ConfigError(f"{address}: the key would be sent unencrypted; use https")


class Server:
    """Sends JSON to *address* and reads JSON objects. Safe to use from many threads.

    *key* is sent to an encrypted or a local address only; a redirect is not followed. There are
    *tries*, each of at most *timeout* seconds: what is busy, broken or no JSON is asked again,
    after the time that it gives, or after longer each time. At most *most* bytes of an answer are
    read, and *parallel* connections are kept.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of the user's or of a test
        self,
        address: str,
        *,
        key: str = "",
        timeout: float = 60.0,
        tries: int = 4,
        most: int = MOST,
        parallel: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        key = key.strip()
        check(address, key)
        self.address = address.rstrip("/")
        self.host = urlsplit(address).netloc.rpartition("@")[2]
        self._tries, self._sleep = tries, sleep
        self._headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._timeout, self._most = timeout, most
        self._pool = _pool(self.address, timeout, parallel)

    def get(self, path: str) -> dict[str, Any]:
        """The object at *path*; raise `ServerError` where there is none."""
        found: dict[str, Any] = self._ask("GET", path, None, _all)
        return found

    def post(self, path: str, body: dict[str, Any], wanted: Wanted | None = None) -> Any:
        """Send *body* and return the answer, or what is *wanted* of it.

        An answer of which *wanted* makes ``None`` is asked for again. Raises `ServerError` where
        another try can't help, with the status that was answered, and `NoAnswer` where no try
        brought an answer.
        """
        return self._ask("POST", path, json.dumps(body).encode(), wanted or _all)

    def _ask(self, method: str, path: str, body: bytes | None, wanted: Wanted) -> Any:
        why, wait = "", 0.0
        for attempt in range(self._tries):
            if attempt:
                self._sleep(wait)
            found = self._tried(method, path, body)
            if not isinstance(found, _Failed):
                answer = wanted(found)
                if answer is not None:
                    return answer
                found = _Failed("its answer is not one")
            why, wait = found.why, _FIRST_WAIT * 2**attempt
            if found.wait is not None:
                wait = min(max(found.wait, 0.0), _LONGEST_WAIT)
        raise NoAnswer(f"{self.host}: no answer after {self._tries} tries: {why}")

    def _tried(self, method: str, path: str, body: bytes | None) -> dict[str, Any] | _Failed:
        """One try."""
        import urllib3

        try:
            status, headers, data = self._once(method, path, body)
        except urllib3.exceptions.HTTPError as error:
            return _Failed(_said(error, self._timeout))
        if status in _AGAIN:
            why = f"it answered {status}: {_shown(data)}"
            return _Failed(why, _seconds(headers.get("Retry-After")))
        if status != 200:
            raise ServerError(f"{self.host}: {path} answered {status}: {_shown(data)}", status)
        if len(data) > self._most:
            return _Failed(f"an answer of more than {self._most:,} bytes")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            return _Failed(f"{path} answered what is no JSON object: {_shown(data)}")
        return found

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, Any, bytes]:
        response = self._pool.request(
            method,
            self.address + path,
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
        """Read an answer to its end, or to where it is too long, within the time of a try."""
        import urllib3

        end, read = time.monotonic() + self._timeout, bytearray()
        while len(read) <= self._most and (block := response.read1(_BLOCK)):
            read += block
            if time.monotonic() > end:
                raise urllib3.exceptions.TimeoutError
        return bytes(read)


def _all(found: dict[str, Any]) -> dict[str, Any]:
    return found


def _pool(address: str, timeout: float, parallel: int) -> PoolManager:
    """Connections to *address*, by the proxy that the environment names for it.

    What is on this machine is asked without one, which would see the key.
    """
    from urllib.request import getproxies, proxy_bypass

    import urllib3

    parts = urlsplit(address)
    proxy = getproxies().get(parts.scheme, "")
    settings: dict[str, Any] = {
        "retries": False, "timeout": urllib3.Timeout(total=timeout), "maxsize": parallel,
    }  # fmt: skip
    local = parts.hostname in _LOCAL
    if not proxy or local or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return urllib3.PoolManager(**settings)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    user, _, place = urlsplit(proxy).netloc.rpartition("@")
    if user:
        settings["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=unquote(user))
    try:
        return urllib3.ProxyManager(proxy, **settings)
    except urllib3.exceptions.HTTPError:
        raise ConfigError(f"{address}: the proxy {place!r} is none; use http or https") from None


def _said(error: Exception, timeout: float) -> str:
    import urllib3

    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"it took longer than {timeout:g} s"
    return f"the connection broke ({type(error).__name__})"


def _seconds(given: str | None) -> float | None:
    """Seconds that a server asks to wait, by a number or a date; ``None`` where it says neither."""
    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(given).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None


def _shown(data: bytes) -> str:
    text = " ".join(data[: 4 * _SHOWN].decode(errors="replace").split())
    return text[:_SHOWN] or "nothing"
