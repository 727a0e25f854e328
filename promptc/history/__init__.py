"""What templates were before: in git, and in a baseline file."""
