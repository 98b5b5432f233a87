"""What statements answer, kept: tags from plans, and only what can be kept safely."""
