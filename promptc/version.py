"""The version of promptc."""

__version__ = "0.1.0"
