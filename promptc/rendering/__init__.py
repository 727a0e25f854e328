"""Rendering templates where they can do no harm: a sandbox in a child process with limits."""
