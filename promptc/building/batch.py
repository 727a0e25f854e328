"""Compile many templates, or take them from the cache, and note what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from promptc.building import jobs
from promptc.building.cache import Cache
from promptc.building.jobs import Job, Result, Settings
from promptc.errors import PromptcError
from promptc.files import Found
from promptc.protocols import Progress
from promptc.results import Failure


@dataclass
class Batch:
    """What became of each file, by its name."""

    cache: Cache
    results: dict[str, Result] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def compile(
        self,
        found: Sequence[Found],
        settings: Settings,
        workers: int,
        progress: Progress,
    ) -> None:
        """Compile every file, or take it from the cache."""
        left = (self.wants(each, settings) for each in found)
        waiting = [job for job in left if job is not None]
        for done, (job, outcome) in enumerate(jobs.run(waiting, workers), start=1):
            self.add(job, outcome)
            if progress is not None:
                progress(done, len(waiting))

    def wants(self, found: Found, settings: Settings) -> Job | None:
        """The job that is left to do; ``None`` where the cache has it or it can't be read."""
        try:
            job = jobs.read(found, settings)
            known = jobs.recall(job, self.cache)
        except PromptcError as error:
            self.failures.append(Failure(found.name, str(error)))
            return None
        if known is not None:
            self.results[found.name] = known
        return job if known is None else None

    def add(self, job: Job, outcome: Result | str) -> None:
        """Note what *job* came to."""
        if isinstance(outcome, str):
            self.failures.append(Failure(job.found.name, outcome))
            return
        self.results[job.found.name] = outcome
        self.note(jobs.remember(job, outcome, self.cache))

    def note(self, text: str) -> None:
        """Keep a note about the build, if there is one."""
        if text:
            self.notes.append(text)
