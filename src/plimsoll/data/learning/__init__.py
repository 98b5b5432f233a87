"""Distributions learned from the planner's statistics of a real database, without a value of personal data."""
