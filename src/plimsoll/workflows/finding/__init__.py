"""The parts of `plimsoll find`: the probe, a step as a run, what is made of all of them."""
