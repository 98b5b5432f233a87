"""How looking is driven: what a collector is, how counters become rates, the periods, and who is told of each look."""
