"""``python -m promptc``."""

from __future__ import annotations

from promptc.cli import main

if __name__ == "__main__":
    main(prog_name="promptc")
