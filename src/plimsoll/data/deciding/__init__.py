"""From a schema, a plan and statistics to what is filled: order, keys, links, sources."""
