"""Calls through the system: the store's telephone rings, then hers; nobody sees a number."""
