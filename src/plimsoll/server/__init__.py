"""The REST and WebSocket API of a watch, and its dashboard."""
