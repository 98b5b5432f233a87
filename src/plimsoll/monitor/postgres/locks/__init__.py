"""Who waits for whose lock, as a tree."""
