"""What one rendering of a template may take."""

from __future__ import annotations

#: Seconds of CPU.
CPU_SECONDS = 2
#: Bytes of address space, for the whole rendering process.
MEMORY = 512 * 1024 * 1024
#: Bytes of output, as UTF-8.
OUTPUT = 1_000_000
#: Seconds by the clock: for systems that don't count CPU time, and for what waits without using it.
PATIENCE = 20.0
#: Files that a template may bring in.
INCLUDES = 200
