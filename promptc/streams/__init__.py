"""Inputs to compress as they come from files and pipes, and results as they go there."""

from __future__ import annotations
