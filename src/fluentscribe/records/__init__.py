"""What the routes read and write: SQL under row-level security, one file for each kind of thing."""
