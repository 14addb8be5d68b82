"""Computed rows that the doors may read: what is bought together, and by the same people."""
