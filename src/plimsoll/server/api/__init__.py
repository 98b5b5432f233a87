"""`/api/v1/monitoring`: what is seen, as JSON, and as a stream."""
