"""What is told once of a server and its schema, for the directory of a run."""
