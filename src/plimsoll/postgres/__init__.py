"""Connecting to PostgreSQL and asking it what it is: DSN, TLS, poolers, versions, catalog."""
