"""How the sandbox is served: one loop that waits for nobody, and threads for what must wait."""
