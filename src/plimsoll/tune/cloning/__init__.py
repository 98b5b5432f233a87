"""Copies of a database, to build and measure on: the database itself is never built on."""
