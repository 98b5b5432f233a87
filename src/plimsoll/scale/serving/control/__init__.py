"""Asking and telling a supervisor that serves: a Unix socket in its state directory, and the client of it."""
