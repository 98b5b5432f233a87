"""What is said of a watch, in values: its health, its numbers, alerts and runs, for API, pages and terminal alike."""
