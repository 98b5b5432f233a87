"""From a committed change to an acknowledged purge: a durable outbox in PostgreSQL, and who empties it."""
