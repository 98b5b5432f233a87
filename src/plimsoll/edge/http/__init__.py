"""HTTP messages and the syntax of their fields: heads, lists, dates, entity tags, ranges, structured fields. Pure."""
