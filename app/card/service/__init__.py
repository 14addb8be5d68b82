"""The mini-program's door: sessions, joining, and what each page shows."""
