"""A comparison of runs, for a terminal and as a page."""
