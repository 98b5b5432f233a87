"""Advice on a database for people: words, terminal, page, Markdown."""
