"""What holds a pass to its guarantee: one module each, none of which knows the passes."""
