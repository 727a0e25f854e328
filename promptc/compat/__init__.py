"""The call signatures of other packages, on promptc's engine."""

from __future__ import annotations
