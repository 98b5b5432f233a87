"""Traces of requests, as files have them: our own plain forms, and those that are public."""
