"""The database of the reference platform: its migrations, roles and tenancy."""
