"""Runs that repeat by themselves: what is due, the child that makes a run, its history, and other schedulers' forms."""
