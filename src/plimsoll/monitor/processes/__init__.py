"""Processes: the tree of the application, and the busiest of the machine."""
