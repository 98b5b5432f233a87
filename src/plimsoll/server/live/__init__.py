"""What is pushed over WebSockets: what changed since a client was last told."""
