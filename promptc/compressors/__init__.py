"""Compressors choose what texts keep. One class per module."""
