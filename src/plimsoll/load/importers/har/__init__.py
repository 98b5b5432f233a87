"""Scenarios from HAR files: what a browser or a proxy recorded."""
