"""Proves that what a document answers is still answered once it is retrieved in passages."""
