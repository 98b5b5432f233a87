"""HTTP caching by the standard, static delivery, and invalidation from the row to the CDN."""
