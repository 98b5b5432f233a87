"""From the names of runs to a comparison: finding them, reading what they hold, comparing, keeping baselines."""
