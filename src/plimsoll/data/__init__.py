"""Realistic rows for any schema: every value is a pure function of seed, table, column and row number."""
