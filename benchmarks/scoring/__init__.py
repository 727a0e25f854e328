"""The parts of `benchmarks.scorers`: models of real shapes, and each side in its own process."""
