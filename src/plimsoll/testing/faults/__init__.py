"""Faults to order, on real servers: what a diagnosis is measured with, and what an alert may be tried on.

Each is a context manager: the fault begins with it and is gone after it, whatever happens; none outlives its process.
"""
