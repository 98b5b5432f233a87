"""What served applications tell of themselves."""
