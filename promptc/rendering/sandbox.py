"""Rendering where a template can do no harm: in a child process with limits.

Templates are untrusted input. The child holds Jinja's sandbox, has no environment, no terminal and
no files of its own, and is killed and replaced when a template takes too much.
"""

from __future__ import annotations

import io
import pickle
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from promptc.errors import RenderError, TemplateError
from promptc.ir import Comment, Tag, Template
from promptc.parse import unknown_tags
from promptc.rendering import fields
from promptc.rendering.generated import CLOSE, LEVELS, OPEN
from promptc.rendering.limits import INCLUDES, OUTPUT
from promptc.rendering.process import Process
from promptc.results import Rendering
from promptc.source import Source
from promptc.syntax import Syntax, options

if TYPE_CHECKING:
    from promptc.rendering.worker import Subject, Task

Load: TypeAlias = Callable[[str], "Source | None"]

_REMEMBERED = 64
_SHORT = 100_000

_INCLUSION = re.compile(r"\b(?:include|extends|import|from)\b([^%]{1,500})")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\n])+)\1""")


class Job(NamedTuple):
    """One template to render with each of *samples*; ``None`` has values made up.

    *bindings* win over what a sample says. *includes* are the texts, by name, that the template
    and what it brings in may ask for; ``None`` has the sandbox look for them.
    """

    template: Template
    samples: Sequence[Mapping[str, Any]] | None = None
    bindings: Mapping[str, Any] = MappingProxyType({})
    includes: Mapping[str, str] | None = None


class Sandbox:
    """Renders templates in a child process, started when first needed and kept until `close`.

    Safe to use from many threads; they take turns. *load* reads the files that templates include.
    """

    def __init__(self, load: Load = lambda name: None) -> None:
        self._load: Load = lru_cache(maxsize=INCLUDES)(load)
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._known: dict[Task, Rendering] = {}

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process; the next rendering starts a new one."""
        with self._lock:
            if self._process is not None:
                self._process.stop()
                self._process = None

    def render(
        self,
        template: Template,
        samples: Sequence[Mapping[str, Any]] | None,
        *,
        bindings: Mapping[str, Any] = MappingProxyType({}),
        includes: Mapping[str, str] | None = None,
    ) -> list[Rendering]:
        """Render *template* once per sample; see `Job`."""
        return self.render_many([Job(template, samples, bindings, includes)])[0]

    def render_many(self, jobs: Iterable[Job]) -> list[list[Rendering]]:
        """Render every job in one exchange with the child process, which is what costs."""
        planned = [self._planned(job) for job in jobs]
        tasks = [each for plan in planned for each in plan if not isinstance(each, Rendering)]
        with self._lock:
            answers = self._answers(dict.fromkeys(tasks))
        return [
            [each if isinstance(each, Rendering) else answers[each] for each in plan]
            for plan in planned
        ]

    def _planned(self, job: Job) -> list[Rendering | Task]:
        """What to ask the child, and what needs no asking."""
        generated = job.samples is None
        samples: Sequence[Mapping[str, Any]] = (
            [{}] * len(LEVELS) if job.samples is None else job.samples
        )
        if job.template.syntax.engine != "jinja":
            return [_filled(job, sample) for sample in samples]
        includes = job.includes
        if includes is None:
            includes = closure(job.template, self._load)
        subject = _subject(job.template, includes)
        plan: list[Rendering | Task] = []
        for level, sample in enumerate(samples):
            try:
                values = _packed({**sample, **job.bindings})
            except (TypeError, RecursionError) as error:
                plan.append(Rendering(None, f"its sample can't be used: {error}"))
            else:
                plan.append((subject, values, level if generated else None))
        return plan

    def _answers(self, tasks: Iterable[Task]) -> dict[Task, Rendering]:
        answers = {task: self._known[task] for task in tasks if task in self._known}
        left = [task for task in tasks if task not in answers]
        tried_again: Task | None = None
        while left:
            process = self._running()
            given = process.ask(left)
            answers |= zip(left, given, strict=False)
            left = left[len(given) :]
            if not left or process.end in ("", "choice"):
                continue
            # What happened to the process once may have come from outside; twice, from the task.
            if process.end == "limit" or left[0] == tried_again:
                answers[left.pop(0)] = Rendering(None, process.cause, limit=True)
            else:
                tried_again = left[0]
        self._remember(answers)
        return answers

    def _running(self) -> Process:
        if self._process is None or not self._process.alive:
            self._process = Process()
        return self._process

    def _remember(self, answers: Mapping[Task, Rendering]) -> None:
        """Keep what was asked last: the text after one pass is the text before the next."""
        for task, answer in answers.items():
            self._known.pop(task, None)
            if len(task[0][0]) + len(task[1]) + len(answer.text or "") < _SHORT:
                self._known[task] = answer
        for task in list(self._known)[:-_REMEMBERED]:
            del self._known[task]


def closure(template: Template, load: Load) -> dict[str, str]:
    """Texts of the files that *template* includes, extends or imports, and those that they do.

    Every quoted name in such a tag counts, whether or not the tag is ever reached.
    """
    tags = [leaf.text for leaf in template.leaves if isinstance(leaf, Tag)]
    waiting = [name for tag in tags for name in _quoted(tag)]
    found: dict[str, str] = {}
    while waiting and len(found) < INCLUDES:
        name = waiting.pop()
        if name in found:
            continue
        with suppress(TemplateError):  # for whoever reads that file to tell
            source = load(name)
            if source is not None:
                found[name] = source.text
                waiting += _quoted(source.text)
    return found


def _filled(job: Job, sample: Mapping[str, Any]) -> Rendering:
    """Render a file without tags, which runs no code; values are made up as in Jinja files."""
    given = fields.at({**sample, **job.bindings})

    def made_up(path: str) -> object:
        return given(path) if path.partition(".")[0] in job.bindings else f"{OPEN}{path}{CLOSE}"

    try:
        if job.template.syntax.engine == "plain":
            text = "".join(x.text for x in job.template.leaves if not isinstance(x, Comment))
        else:
            text = fields.filled(job.template, made_up if job.samples is None else given)
    except RenderError as error:
        return Rendering(None, str(error))
    if len(text.encode(errors="surrogatepass")) > OUTPUT:
        return Rendering(None, f"it prints more than {OUTPUT // 1_000_000} MB", limit=True)
    return Rendering(text)


def _quoted(text: str) -> Iterator[str]:
    for match in _INCLUSION.finditer(text):
        yield from (each[2] for each in _QUOTED.finditer(match[1]))


def _subject(template: Template, includes: Mapping[str, str]) -> Subject:
    first = template.leaves[:1]
    front = template.syntax.front_matter and first and isinstance(first[0], Comment)
    skipped = first[0].text if front and first[0].text.startswith("---") else ""
    tags = tuple(sorted(unknown_tags(template)))
    closed = tuple(sorted(includes.items()))
    text = template.text[len(skipped) :]
    return text, skipped.count("\n") + 1, _options(template.syntax), tags, closed


@lru_cache(maxsize=32)
def _options(syntax: Syntax) -> tuple[tuple[str, Any], ...]:
    given = options(syntax)
    return tuple((key, tuple(v) if isinstance(v, list) else v) for key, v in given.items())


_TIMES = (datetime, date, time, timedelta, timezone)


class _Plain(pickle.Pickler):
    """Writes data and nothing that a reader would have to call, dates excepted."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) in _TIMES or any(value is each for each in _TIMES):
            return NotImplemented
        raise TypeError(f"a value of type {type(value).__name__!r} is not plain data")


def _packed(values: dict[str, Any]) -> bytes:
    if not values:
        return _NOTHING
    written = io.BytesIO()
    _Plain(written, protocol=5).dump(values)
    return written.getvalue()


_NOTHING = pickle.dumps({}, protocol=5)


class Bound:
    """A `Renderer` for one template and its rewrites: what they include and what is bound."""

    def __init__(
        self, sandbox: Sandbox, includes: Mapping[str, str], bindings: Mapping[str, Any]
    ) -> None:
        self._sandbox, self._includes, self._bindings = sandbox, includes, bindings

    def render(
        self, templates: Sequence[Template], given: Sequence[Mapping[str, Any]]
    ) -> list[tuple[Rendering, ...]]:
        """Each template with every given sample, then with every generated one."""
        jobs = [
            Job(template, samples, self._bindings, self._includes)
            for template in templates
            for samples in (given, None)
        ]
        answers = self._sandbox.render_many(jobs)
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [(*mine, *made_up) for mine, made_up in pairs]
