"""Tier 2: values that processes share through a Valkey or Redis server, and what each tag was last written by."""
