"""A schedule in the forms of other schedulers: systemd, GitHub Actions, Kubernetes."""
