"""The load line for people: words, terminal, page."""
