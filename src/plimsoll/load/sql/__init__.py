"""The SQL driver: sessions, statements, transactions."""
