"""Alerts: rules judged over observations, what is told of them and to whom, silences, and their history."""
