"""Series kept: the last points in memory, all of them with roll-ups on disk, and windows read back."""
