"""Each benchmark is a command: ``python -m benchmarks.NAME --help``. Results lie in results/."""
