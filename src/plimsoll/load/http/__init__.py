"""The HTTP driver: HTTP/1.1 over TCP or TLS, measured by phase, bounded, and bound to one origin."""
