"""Finds the few indexes of a database that would pay for its workload, and those that do not."""
