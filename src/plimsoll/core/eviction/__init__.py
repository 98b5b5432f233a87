"""Which entry of a cache goes next: policies that a store drives, and what they would reach on a trace. Pure."""
