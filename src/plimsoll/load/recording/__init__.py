"""From a sample to an interval: packing, folding, ticking, merging."""
