"""What joins policy, supervisor and balancer: one application served."""
