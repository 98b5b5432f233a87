"""Who may do what, decided from a tenant's graph of roles that is cached and follows what is committed."""
