"""The search for the load line: which rate is tried next, how long, and what a step shows. Pure."""
