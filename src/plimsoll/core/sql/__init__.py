"""SQL taken apart as values: trees, conditions, shapes of statements, and how values are written. Pure."""
