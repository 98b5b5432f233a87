"""Changes measured on a copy of the database: one after another, each on top of those that paid, then all together."""
