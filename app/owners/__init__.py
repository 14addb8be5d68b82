"""Whose customer she is: one guide at a time, since when, and why."""
