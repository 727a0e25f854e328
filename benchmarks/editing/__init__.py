"""Edits of real prompts whose effect on the meaning is known: harmful ones and harmless ones."""
