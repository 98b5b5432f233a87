"""What an application tells of itself at a Prometheus endpoint."""
