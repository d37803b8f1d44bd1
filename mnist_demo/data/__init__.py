"""Data sets: how they are fetched, checked, read, rendered and split into tensors."""
