"""One visit told step by step: who she is, what has happened, what comes next."""
