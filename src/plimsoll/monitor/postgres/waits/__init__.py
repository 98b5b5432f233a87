"""Wait events as average active sessions."""
