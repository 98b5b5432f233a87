"""Checkpoints, write-ahead log and I/O by kind of process."""
