"""What is known in the middle of a check: the templates, and what was read of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from promptc.building import jobs
from promptc.building.batch import Batch
from promptc.building.jobs import Job
from promptc.checking.choice import Choice
from promptc.checking.inputs import Inputs
from promptc.checking.reading import Outcome
from promptc.config import Config
from promptc.files import Found
from promptc.prices import Price


@dataclass
class State:
    """What is known of the templates of one check, by their paths."""

    config: Config
    choice: Choice
    price: Price | None
    batch: Batch
    inputs: Inputs
    settings: jobs.Settings
    found: dict[Path, Found] = field(default_factory=dict)
    jobs: dict[Path, Job] = field(default_factory=dict)
    outcomes: dict[Path, Outcome] = field(default_factory=dict)
    cached: int = 0
