"""What the edge holds: responses within bytes, found by key and tag, purged softly or hard. Pure: no clock, no I/O."""
