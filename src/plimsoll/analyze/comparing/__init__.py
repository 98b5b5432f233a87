"""Whether two sets of runs differ, and whether they may be compared. Pure."""
