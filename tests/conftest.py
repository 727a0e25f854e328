"""How hypothesis runs: no deadlines, for machines are noisy; the same examples every time in CI."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")
