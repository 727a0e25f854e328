"""What the benchmark of retrieval is made of."""
