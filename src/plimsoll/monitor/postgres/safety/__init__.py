"""Replication, wraparound, archiving: what must not go wrong unseen."""
