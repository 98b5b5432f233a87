"""What each policy would reach on a trace of requests: the same decisions as one at a time, in loops made for speed."""
