"""The edge at work: ASGI middleware, reverse proxy, one fetch for many who ask, streams."""
