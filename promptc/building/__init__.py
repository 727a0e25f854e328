"""Keeps what a build knows and writes what it made: the cache, the lock, the output folder."""
