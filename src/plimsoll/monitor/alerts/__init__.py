"""Alerts: rules, their states over time, silences, quiet hours, and who is told."""
