"""Readers of what other load tools write: JTL as CSV and XML."""
