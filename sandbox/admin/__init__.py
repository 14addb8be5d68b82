"""The sandbox's own API under /sandbox/api: make people act, and read what happened."""
