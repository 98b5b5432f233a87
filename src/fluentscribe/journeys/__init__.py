"""What people do on the reference platform, as journeys that scenarios share."""
