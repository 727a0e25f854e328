"""Surprisal from a server that speaks OpenAI's completions: vLLM, SGLang and others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptc.errors import ConfigError, ModelError, ServerError
from promptc.scorers import answers
from promptc.scorers.joining import How, Rated
from promptc.scorers.named import Named
from promptc.scorers.reading import Plan, Row
from promptc.server import Server

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPTIONS = (
    "model", "key", "timeout", "tries", "window", "context", "batch", "parallel", "api", "contrast",
)  # fmt: skip
APIS = ("auto", "prompt_logprobs", "echo")
WINDOW, CONTEXT, BATCH, PARALLEL = 6_000, 600, 16, 8


class Remote:
    """Rates tokens by the log-probabilities that a server gives for a prompt.

    A text is sent in parts of *window* characters, each with the *context* characters before it;
    *batch* parts are one request, and *parallel* requests are on their way at a time. With a
    question each part is sent once more, after it. A row holds the characters of a part; what comes
    back is one number per character: bits at the first of each token, and nothing elsewhere.
    """

    asks, alike = True, 0.75
    how: How = "sum"

    def __init__(self, server: Server, named: Named) -> None:
        named.refuse_others(OPTIONS)
        self._server = server
        self._api = named.choice("api", APIS)
        self._window = named.option("window", WINDOW, least=100)
        self._context = named.option("context", CONTEXT, least=0)
        self.contrast = named.option("contrast", 1.0, least=0)
        self.model = named.option("model", "") or _only_model(server)
        self.budget = named.option("batch", BATCH, least=1) * (self._window + self._context)
        self.parallel = named.option("parallel", PARALLEL, least=1)
        self.name = f"{named.title} ({self.model})"
        self.version = f"{self.name} {self._window} {self._context} {self.contrast}"

    def plan(self, text: str, query: str) -> Plan:
        """Cut *text* into parts, before a space where one is near."""
        import numpy as np

        ids = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)
        rows = list[Row]()
        for prefix in ("", f"{query}\n") if query else ("",):
            for start, stop in _parts(text, self._window):
                before = max(start - self._context, 0)
                rows.append(Row(stop - before, prefix, ids[before:stop], start - before))
        return Plan(text, tuple(rows) if text.strip() else (), np.zeros((0, 2), np.int64))

    def read(self, rows: Sequence[Row]) -> list[NDArray[np.float32]]:
        """Ask the server for *rows*, in one request."""
        import numpy as np

        prefix = str(rows[0].group)
        prompts = [prefix + row.ids.astype(np.uint32).tobytes().decode("utf-32-le") for row in rows]
        return [
            answers.by_character(each, prompt, len(prefix) + row.skip)
            for each, row, prompt in zip(self._asked(prompts), rows, prompts, strict=True)
        ]

    def _asked(self, prompts: list[str]) -> list[answers.Tokens]:
        """The tokens of each prompt, by whichever way the server knows."""
        request = {"model": self.model, "prompt": prompts, "max_tokens": 1, "temperature": 0}
        if self._api != "echo":
            found = self._post({**request, "prompt_logprobs": 0})
            read = answers.from_prompt_logprobs(found, prompts)
            if read is not None:
                return read
            if self._api == "prompt_logprobs":
                raise answers.wrong("it sent no prompt_logprobs; try api=echo")
            # From now on the server is not asked for what it does not know.
            self._api = "echo"
        found = self._post({**request, "echo": True, "logprobs": 1})
        return answers.from_echo(found, prompts)

    def _post(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._server.post("/completions", request)
        except ServerError as error:
            raise ModelError(str(error)) from error
        return found

    def rated(self, plan: Plan, values: Sequence[NDArray[np.float32]]) -> Rated:
        """The bits of each token, with a question more where it explains the token."""
        import numpy as np

        plain = [v for v, row in zip(values, plan.rows, strict=True) if not row.group]
        asked = [v for v, row in zip(values, plan.rows, strict=True) if row.group]
        flat = np.concatenate(plain) if plain else np.zeros(0, np.float32)
        starts = np.flatnonzero(~np.isnan(flat))
        bits = flat[starts]
        stops = np.r_[starts[1:], len(plan.text)] if len(starts) else starts
        if asked:
            told = np.add.reduceat(np.nan_to_num(np.concatenate(asked)), starts)
            bits = bits + self.contrast * (bits - told.astype(np.float32))
        return Rated(plan.text, np.stack([starts, stops], axis=1), bits)


def _only_model(server: Server) -> str:
    """The model that *server* has; raise `ConfigError` where it has none or several."""
    try:
        data = server.get("/models").get("data")
    except ServerError as error:
        raise ModelError(str(error)) from error
    listed = data if isinstance(data, list) else []
    names = [str(each["id"]) for each in listed if isinstance(each, dict) and "id" in each]
    if len(names) != 1:
        has = f"has {', '.join(names[:9])}" if names else "names no model"
        raise ConfigError(f"{server.host} {has}; add ',model=NAME' to the scorer")
    return names[0]


def _parts(text: str, size: int) -> Sequence[tuple[int, int]]:
    found, start = list[tuple[int, int]](), 0
    while len(text) - start > size:
        edge = text.rfind(" ", start + size // 2, start + size)
        stop = edge if edge > 0 else start + size
        found.append((start, stop))
        start = stop
    return [*found, (start, len(text))]


def make(named: Named, device: str | None, dtype: str | None) -> Remote:
    """Reach the server at the address that *named* names; device and type are its own choice."""
    for name, given in (("device", device), ("dtype", dtype)):
        if given is not None:
            raise ConfigError(f"scorer {named.title!r}: {name} is for models that run here")
    variable = named.option("key", "")
    key = os.environ.get(variable, "") if variable else ""
    if variable and not key:
        raise ConfigError(f"scorer {named.title!r}: key={variable}: no such environment variable")
    server = Server(
        named.model,
        key=key,
        timeout=named.option("timeout", 60.0, least=0.001),
        tries=named.option("tries", 4, least=1),
        parallel=named.option("parallel", PARALLEL, least=1),
    )
    return Remote(server, named)
