"""Finds the few changes to a database that pay, measures them, and writes them as a migration."""
