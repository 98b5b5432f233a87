"""Carrying out a fill on a server: all rows or none."""
