"""What may become of an answer on its way; the application names it, the server does it."""

FATE, HOLD = "X-Sandbox-Fate", "X-Sandbox-Hold"
LOSE, HALF, BLACKHOLE = "lose_response", "half_body", "blackhole"
