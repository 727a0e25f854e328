"""What compressors are made of: units of many texts, their ratings, the fill of a budget."""
