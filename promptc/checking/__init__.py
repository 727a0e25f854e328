"""The check, from files to findings. `flow.check` reads top to bottom."""
