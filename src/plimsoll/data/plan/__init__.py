"""The seed plan: read, written to begin with, and turned into sources of values."""
