"""A cache of two tiers that says how stale it may be."""
