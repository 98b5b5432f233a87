"""Servers from wheels or PATH: find, start, guard and stop them."""
