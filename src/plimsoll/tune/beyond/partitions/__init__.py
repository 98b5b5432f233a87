"""Dividing a table: when it pays, where its bounds are, and how it is done while others write. Pure."""
