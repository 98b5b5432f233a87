"""The search for the load line: which rate next, whether a step was steady, what curve came out. Pure."""
