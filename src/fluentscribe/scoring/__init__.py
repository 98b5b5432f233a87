"""From confirmed errors to a score."""
