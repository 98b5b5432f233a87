"""Which indexes are worth their room for a whole workload."""
