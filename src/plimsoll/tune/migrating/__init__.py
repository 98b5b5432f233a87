"""From advice to what is done on the database: statements in order, with what takes them back."""
