"""HAProxy before the workers: its configuration, what it is told while it runs, and what it tells."""
