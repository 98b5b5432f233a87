"""What a run needs, decided from what was seen: pure, one file for each side."""
