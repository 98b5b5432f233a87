"""JMeter's test plans: what of them can be said in a scenario, and a list of what cannot."""
