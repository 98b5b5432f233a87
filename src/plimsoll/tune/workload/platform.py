"""Who asks a database besides its application: accounts of those who run it and of monitors. Pure."""

from typing import Final

# Of Amazon, Google, Microsoft, Supabase, a pooler and usual exporters.
ROLES: Final = frozenset(
    {"rdsadmin", "rdsrepladmin", "rds_superuser", "cloudsqladmin", "cloudsqlagent", "cloudsqlimportexport", "azuresu"}
    | {"azure_pg_admin", "alloydbadmin", "supabase_admin", "supabase_auth_admin", "supabase_storage_admin"}
    | {"supabase_replication_admin", "supabase_read_only_user", "pgbouncer", "postgres_exporter", "datadog"}
    | {"pganalyze", "pgwatch", "pgwatch2", "pgwatch3", "newrelic", "zbx_monitor", "telegraf", "cloud_admin"}
)


def is_platform(roles: tuple[str, ...]) -> bool:
    """Whether nobody but such accounts sent a statement."""
    return bool(roles) and all(role in ROLES for role in roles)
