"""The parts of the benchmarks of compression: question sets, methods, measures, pages."""
