"""Tier 1: values in this process, bounded, expiring, gone when what they rest on has changed. Pure: no clock or I/O."""
