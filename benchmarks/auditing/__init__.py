"""What `benchmarks/audit.py` is made of. Nothing here imports promptc."""
