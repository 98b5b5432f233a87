"""What is known of single statements: their conditions, their shape, what they cost the requests. Pure."""
