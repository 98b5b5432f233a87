"""Watching: collectors of host, database and application, the series they make, and the alerts on them."""
