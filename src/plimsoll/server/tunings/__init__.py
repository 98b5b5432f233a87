"""Tunings of the database that is watched: those that are kept, and one that is under way."""
