"""What statements did between two looks (pg_stat_statements)."""
