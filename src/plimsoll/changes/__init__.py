"""Committed row changes as tags: triggers that write them down, a changelog, a poller that reads it."""
