"""What the application's caches report through the database."""
