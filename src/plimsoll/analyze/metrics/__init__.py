"""Figures of samples: percentiles, errors, concurrency, APDEX, over time."""
