"""Comparing runs: whether they may be compared, by which figure, and whether the difference is more than chance."""
