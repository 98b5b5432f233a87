"""One bottleneck a file: evidence in, findings out. Pure."""
