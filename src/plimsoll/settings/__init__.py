"""What plimsoll.toml says: environments, secrets and their masking, profiles, goals, limits."""
