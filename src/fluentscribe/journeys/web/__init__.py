"""What people do on the reference platform through its API."""
