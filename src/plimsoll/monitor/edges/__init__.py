"""Edges and the outbox of their purges, watched."""
