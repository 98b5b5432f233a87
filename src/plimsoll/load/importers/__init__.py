"""Scenarios from what people already have: JMeter plans, recorded browsers, the statements of a database."""
