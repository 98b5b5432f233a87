"""Sizes and estimated bloat, at a slow pace."""
