"""Sessions of clients: how many, in which state, how long, and what the busy ones do."""
