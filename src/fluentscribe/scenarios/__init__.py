"""Scenarios that load the reference platform."""
