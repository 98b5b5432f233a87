"""Rewrites of statements, one way a module; each gives what it finds in one statement, or in the workload. Pure."""
