"""A PostgreSQL server, over one connection: each group of questions at a pace that its cost allows."""
